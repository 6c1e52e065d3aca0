// A process as a diagram: drawn and edited by bpmn-js, whose mark stays where it puts it. The text beside it is what is sent.
const NAMESPACE = "urn:yuzhang:cases";
const holder = document.querySelector("[data-bpmn]");
const text = document.querySelector("[data-xml]");
const form = document.querySelector("[data-save]");
const said = document.querySelector("[data-said]");
const panel = document.querySelector("[data-properties]");
const editing = holder.dataset.edit === "true";
const extension = { name: "Yuzhang", prefix: "yz", uri: NAMESPACE, types: [] };
const modeler = new BpmnJS({ container: holder, moddleExtensions: { yz: extension } });
let drawn = false;

try {
  await modeler.importXML(text.value);
  drawn = true;
  fit();
  if (!editing) readOnly();
} catch (error) {
  if (said) said.textContent = `${said.dataset.failed} ${error.message}`;
}
holder.dataset.ready = "true";

function fit() {
  const canvas = modeler.get("canvas");
  canvas.zoom("fit-viewport");
  const palette = holder.querySelector(".djs-palette")?.getBoundingClientRect().width;
  if (!editing || !palette) return;
  const { inner, outer } = canvas.viewbox();
  const left = palette + 30;
  const scale = Math.min((outer.width - left - 10) / inner.width, (outer.height - 20) / inner.height, 1);
  canvas.viewbox({ x: inner.x - left / scale, y: inner.y - 10 / scale, width: outer.width / scale, height: outer.height / scale });
}

function readOnly() {
  modeler.get("palette")._container?.remove();
  const bus = modeler.get("eventBus");
  for (const name of ["element.dblclick", "shape.move.start", "connectionSegment.move.start", "bendpoint.move.start", "drag.start", "resize.start", "connect.start"]) {
    bus.on(name, 10_000, (event) => { event.stopPropagation?.(); return false; });
  }
  bus.on("selection.changed", () => modeler.get("contextPad").close());
  bus.on("contextPad.open", () => modeler.get("contextPad").close());
}

let stale = false;
modeler.get("eventBus").on("commandStack.changed", async () => {
  const { xml } = await modeler.saveXML({ format: true });
  text.value = xml;
  stale = false;
});
text.addEventListener("input", () => { stale = true; });
text.addEventListener("change", async () => {
  if (!stale || !editing) return;
  try {
    await modeler.importXML(text.value);
    fit();
    said.textContent = "";
  } catch (error) {
    said.textContent = `${said.dataset.failed} ${error.message}`;
  }
  stale = false;
});
form.addEventListener("submit", (event) => { if (!editing) event.preventDefault(); });

if (panel && drawn) {
  const bus = modeler.get("eventBus");
  let chosen = null;
  bus.on("selection.changed", ({ newSelection }) => {
    chosen = newSelection.length === 1 ? newSelection[0] : null;
    panel.hidden = !chosen;
    if (chosen) fill(chosen);
  });
  const kindOf = (element) => ({ "bpmn:UserTask": "task", "bpmn:Lane": "lane", "bpmn:SequenceFlow": "flow" })[element.type] ?? "other";
  const fill = (element) => {
    const business = element.businessObject;
    panel.querySelector("[data-element]").textContent = business.name || business.id;
    for (const label of panel.querySelectorAll("[data-of]")) label.hidden = !label.dataset.of.split(" ").includes(kindOf(element));
    panel.querySelector("[data-name]").value = business.name ?? "";
    for (const field of panel.querySelectorAll("[data-own]")) field.value = business.get(`yz:${field.dataset.own}`) ?? "";
    panel.querySelector("[data-condition]").value = business.conditionExpression?.body ?? "";
  };
  const change = (properties) => modeler.get("modeling").updateProperties(chosen, properties);
  panel.addEventListener("change", ({ target }) => {
    if (!chosen) return;
    if ("name" in target.dataset) change({ name: target.value || undefined });
    if (target.dataset.own) change({ [`yz:${target.dataset.own}`]: target.value || undefined });
    if ("condition" in target.dataset) {
      const body = target.value.trim();
      change({ conditionExpression: body ? modeler.get("moddle").create("bpmn:FormalExpression", { body }) : undefined });
    }
  });
}
