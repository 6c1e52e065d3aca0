// The phone in the field: what is written is kept on the phone first, then sent; each entry has a key, so that none is done twice, and the
// party that wrote it, so that none is sent in another's name. Other files are asked for by their address with its digest, as the worker keeps them.
const root = document.querySelector("[data-field]");
const words = JSON.parse(root.dataset.words);
const limits = JSON.parse(root.dataset.limits);
const party = root.dataset.party;
const { able, all, put, remove } = await import(root.dataset.keeping);
const { KINDS, smaller } = await import(root.dataset.photos);
const AGAIN_MS = 20_000;
const MIB = 2 ** 20;
const link = root.querySelector("[data-link]");
const fill = (text, ...values) => values.reduce((said, one, place) => said.replace(["§", "¶"][place], () => one), text);
const own = async () => (await all()).filter((one) => one.party === party);
const newKey = () => [...crypto.getRandomValues(new Uint8Array(16))].map((one) => one.toString(16).padStart(2, "0")).join("");

// One sender at a time, over all tabs, so that nothing is sent twice at once.
let sending = false;
async function sendAll() {
  if (sending) return;
  sending = true;
  try {
    if (navigator.locks) await navigator.locks.request("yuzhang-field", work);
    else await work();
  } finally {
    sending = false;
  }
  await shown();
}

async function work() {
  const waiting = (await own()).filter((one) => !one.conflict);
  if (!waiting.length || !(await signedIn())) return;
  for (const entry of waiting) if (!(await sent(entry))) return;
}

async function asked(address, more) {
  try {
    const answer = await fetch(address, { ...more, headers: { accept: "application/json" } });
    state("online");
    return answer;
  } catch {
    state("offline");
    return null;
  }
}

// Whether it is still the page's party that is signed in: asked before photos are sent. The server looks at each entry again.
async function signedIn() {
  const answer = await asked("/city/field/party");
  if (!answer) return false;
  if (answer.status === 401) state("signin");
  if (!answer.ok) return false;
  const there = (await answer.json()).party === party;
  if (!there) state("other");
  return there;
}

// Whether the next may be tried.
async function sent(entry) {
  const body = new FormData();
  for (const [name, value] of Object.entries(entry.fields)) body.append(name, value);
  for (const one of entry.files) body.append(one.field, one.blob, one.name);
  for (const name of ["key", "party", "made_at"]) body.set(name, String(entry[name]));
  const answer = await asked("/city/field/entries", { method: "POST", body });
  if (!answer) return false;
  if (answer.status >= 500 || [401, 408, 429].includes(answer.status)) {
    if (answer.status === 401) state("signin");
    return false;
  }
  const told = await answer.json().catch(() => ({}));
  if (answer.status === 409 && told.where === "/party") {  // it is not refused: it waits for whoever wrote it
    state("other");
    return false;
  }
  if (answer.ok && told.status === "done") {
    await remove(entry.key);
    said(entry.key, fill(words.sent, entry.fields.case), true);
    done(entry);
    return true;
  }
  await put({ ...entry, conflict: told.detail ?? answer.statusText });
  return true;
}

// One line for each entry: what was kept and is sent now says so.
function said(key, text, taken) {
  const list = root.querySelector("[data-sent]");
  const item = list.querySelector(`[data-key="${key}"]`) ?? document.createElement("li");
  item.dataset.key = key;
  item.textContent = `${taken ? "✓" : "…"} ${text}`;
  list.prepend(item);
}

// A task that was done is not the worker's any more.
function done(entry) {
  if (!Object.entries(entry.fields).some(([name, value]) => name.startsWith("answer.") && value)) return;
  for (const form of root.querySelectorAll("[data-entry]")) {
    if (form.elements.task.value === entry.fields.task) form.closest("[data-case]").remove();
  }
  const left = root.querySelectorAll("[data-case]:not([data-rest])").length;
  root.querySelector("[data-cases]").textContent = String(left);
  root.querySelector("[data-none]").hidden = left > 0;
}

function state(word) {
  link.dataset.state = word === "online" ? "back" : "lost";
  link.textContent = words[word];
}

async function shown() {
  const kept = await all();
  const entries = kept.filter((one) => one.party === party);
  const waiting = entries.filter((one) => !one.conflict).length;
  const others = kept.length - entries.length;
  root.querySelector("[data-waiting]").textContent = [waiting && fill(words.waiting, waiting), others && fill(words.others, others)].filter(Boolean).join(" ");
  root.dataset.waitingCount = String(waiting);
  const list = root.querySelector("[data-conflict-list]");
  list.replaceChildren(...entries.filter((one) => one.conflict).map(refused));
  root.querySelector("[data-conflicts]").hidden = !list.childElementCount;
}

function refused(entry) {
  const item = document.createElement("li");
  const button = (text, work) => {
    const made = Object.assign(document.createElement("button"), { type: "button", textContent: text });
    made.addEventListener("click", work);
    return made;
  };
  item.append(
    fill(words.conflict, entry.fields.case, entry.conflict), " ",
    button(words.again, () => again(entry)), " ",
    button(words.discard, async () => {
      await remove(entry.key);
      await shown();
    }),
  );
  return item;
}

// What a form that is filled again stands for: these are forgotten once it is kept.
const standsFor = (form) => (form.dataset.instead ?? "").split(" ").filter(Boolean);

// The form of a case; if the case is not the worker's any more, one that adds a note and files to it.
function formOf(number) {
  const found = [...root.querySelectorAll("[data-case]")].find((one) => one.dataset.case === number);
  if (found) return found.querySelector("[data-entry]");
  const made = root.querySelector("[data-rest-form]").content.cloneNode(true).firstElementChild;
  made.dataset.case = number;
  made.querySelector("[data-number]").textContent = number;
  const form = made.querySelector("[data-entry]");
  form.elements.case.value = number;
  root.querySelector("[data-conflicts]").after(made);
  prepare(form);
  return form;
}

// A refused entry goes back into its form, beside whatever stands there. It stays on the phone until the form is sent.
async function again(entry) {
  const form = formOf(entry.fields.case);
  form.closest("details").open = true;
  if (!standsFor(form).includes(entry.key)) {
    form.dataset.instead = [...standsFor(form), entry.key].join(" ");
    const { note, photo, lon, lat } = form.elements;
    note.value = [note.value, entry.fields.note].filter(Boolean).join("\n");
    for (const one of form.querySelectorAll("[name^='answer.']")) {
      if (!one.value) one.value = entry.fields[one.name] ?? "";
      if (one.selectedIndex === -1) one.value = "";  // the task asks something else by now
    }
    if (!lon.value && entry.fields.lon) {
      [lon.value, lat.value] = [entry.fields.lon, entry.fields.lat];
      form.querySelector("[data-place-said]").textContent = fill(words.place, lat.value, lon.value);
    }
    const carried = new DataTransfer();
    const photos = entry.files.filter((one) => one.field === "photo").map((one) => new File([one.blob], one.name, { type: one.blob.type }));
    for (const one of [...photo.files, ...photos]) carried.items.add(one);
    photo.files = carried.files;
    const signature = entry.files.find((one) => one.field === "signature");
    const canvas = form.querySelector("[data-canvas]");
    if (signature && !canvas.dataset.signed) {
      canvas.dataset.signed = "true";
      canvas.getContext("2d").drawImage(await createImageBitmap(signature.blob), 0, 0);
    }
    needed(form);
  }
  form.elements.note.focus();
}

function pad(canvas) {
  const pen = canvas.getContext("2d");
  let down = false;
  pen.lineWidth = 4;
  pen.lineCap = "round";
  pen.strokeStyle = "#17242b";
  const at = (event) => {
    const box = canvas.getBoundingClientRect();
    return [(event.clientX - box.left) * canvas.width / box.width, (event.clientY - box.top) * canvas.height / box.height];
  };
  canvas.addEventListener("pointerdown", (event) => {
    down = true;
    canvas.setPointerCapture(event.pointerId);
    pen.beginPath();
    pen.moveTo(...at(event));
  });
  canvas.addEventListener("pointermove", (event) => {
    if (!down) return;
    pen.lineTo(...at(event));
    pen.stroke();
    canvas.dataset.signed = "true";
  });
  for (const kind of ["pointerup", "pointercancel"]) canvas.addEventListener(kind, () => { down = false; });
  return () => {
    pen.clearRect(0, 0, canvas.width, canvas.height);
    delete canvas.dataset.signed;
  };
}

async function entryOf(form) {
  const fields = {};
  const files = [];
  for (const [name, value] of new FormData(form)) {
    if (["key", "party", "made_at"].includes(name)) continue;
    if (value instanceof File) {
      if (value.size) files.push({ field: name, name: value.name, blob: await smaller(value) });
    } else fields[name] = value;
  }
  const canvas = form.querySelector("[data-canvas]");
  if (canvas.dataset.signed) files.push({ field: "signature", name: "signature.png", blob: await new Promise((resolve) => canvas.toBlob(resolve, "image/png")) });
  return { key: newKey(), party, made_at: Date.now(), fields, files };
}

// Why the server would not take an entry; empty if it would. Said while the one who wrote it stands there.
function unfit({ fields, files }) {
  const bytes = files.reduce((sum, one) => sum + one.blob.size, 0);
  if (files.length > limits.files || bytes > limits.bytes) return fill(words.many, limits.files, Math.floor(limits.bytes / MIB));
  const large = files.find(({ blob }) => blob.size > limits.file);
  if (large) return fill(words.large, large.name, Math.floor(limits.file / MIB));
  const strange = files.find(({ blob }) => blob.type.startsWith("image/") && !KINDS.includes(blob.type));
  if (strange) return fill(words.strange, strange.name);
  if (fields.note.length > limits.note) return fill(words.long, limits.note);
  const answered = Object.entries(fields).some(([name, value]) => name.startsWith("answer.") && value);
  return answered || fields.note.trim() || files.length ? "" : words.empty;
}

// Some results are taken with a photo or a note only, and some answers not without others: better said before it is sent.
function needed(form) {
  const answers = [...form.querySelectorAll("[name^='answer.']")];
  const chosen = answers.map((one) => one.selectedOptions?.[0]);
  const begun = answers.some((one) => one.value);
  for (const one of answers) one.required = begun && "needed" in one.dataset;
  form.elements.photo.required = chosen.some((one) => one && "photo" in one.dataset);
  form.elements.note.required = chosen.some((one) => one && "note" in one.dataset);
}

// Keeps what a form says on the phone and clears the form; says what is wrong, and clears nothing, if it cannot be kept.
async function keep(form, clear) {
  const button = form.querySelector("button.main");
  const wrong = form.querySelector("[data-wrong]");
  button.disabled = true;
  wrong.textContent = "";
  try {
    const entry = await entryOf(form);
    wrong.textContent = unfit(entry);
    if (wrong.textContent) return;
    await put(entry, standsFor(form));
    said(entry.key, fill(words.kept, entry.fields.case), false);
    clear();
  } catch (error) {
    wrong.textContent = fill(words.full, error?.name ?? "?");
    return;
  } finally {
    button.disabled = false;
  }
  await shown();
  await sendAll();
}

function prepare(form) {
  form.addEventListener("change", () => needed(form));
  form.querySelector("[data-sign]").hidden = false;
  const unsigned = pad(form.querySelector("[data-canvas]"));
  form.querySelector("[data-clear]").addEventListener("click", unsigned);
  const place = form.querySelector("[data-place]");
  const where = form.querySelector("[data-place-said]");
  place.hidden = !navigator.geolocation;
  place.addEventListener("click", () => navigator.geolocation.getCurrentPosition(
    ({ coords }) => {
      form.elements.lon.value = coords.longitude.toFixed(6);
      form.elements.lat.value = coords.latitude.toFixed(6);
      where.textContent = fill(words.place, coords.latitude.toFixed(5), coords.longitude.toFixed(5));
    },
    () => { where.textContent = words.noplace; },
    { enableHighAccuracy: true, timeout: 15_000 },
  ));
  const clear = () => {
    form.reset();
    form.elements.lon.value = form.elements.lat.value = "";  // hidden ones are not reset: the next entry has no place yet
    delete form.dataset.instead;
    needed(form);
    unsigned();
    where.textContent = "";
    form.closest("[data-rest]")?.remove();
  };
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    keep(form, clear);
  });
}

// Whoever signs out is asked first if anything of theirs still waits; the page with their cases does not stay behind.
function leaving(form) {
  const dialog = root.querySelector("[data-leaving]");
  const sure = (count) => new Promise((resolve) => {
    dialog.querySelector("[data-leaving-count]").textContent = fill(words.leaving, count);
    dialog.returnValue = "";
    dialog.addEventListener("close", () => resolve(dialog.returnValue === "leave"), { once: true });
    dialog.showModal();
  });
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const count = (await own()).length;
    if (count && !(await sure(count))) {
      form.closest("details")?.querySelector("summary").focus();  // the menu has closed over what was pressed
      await sendAll();
      return;
    }
    for (const name of (await globalThis.caches?.keys()) ?? []) {
      if (name.startsWith("field-")) await (await caches.open(name)).delete("/city/field", { ignoreVary: true });
    }
    form.submit();
  });
}

if (await able) {
  root.querySelectorAll("[data-entry]").forEach(prepare);
  document.querySelectorAll("form[action='/sign-out']").forEach(leaving);
  navigator.serviceWorker?.register("/city/field-worker.js", { scope: "/city/field" }).then(() => navigator.serviceWorker.ready).then(() => { root.dataset.kept = "true"; }).catch(() => null);
  navigator.storage?.persist?.().catch(() => null);  // what waits is not what a full phone throws away first
  addEventListener("online", sendAll);
  addEventListener("offline", () => state("offline"));
  setInterval(sendAll, AGAIN_MS);
  state(navigator.onLine ? "online" : "offline");
  await shown();
  await sendAll();
} else {
  state("nothing");  // forms are sent as they are, by the browser
}
