// The duty officer's screen: the map with its layers and panel, the queues beside it, a sound for those who want one.
import { CLICKED, MANY, OF_LAYER, draw } from "./map.js";
import { follow } from "./following.js";

const SOUND = "yuzhang.city.sound";
const root = document.querySelector("[data-live]");
const panel = root.querySelector("[data-panel]");
const content = panel.querySelector("[data-panel-content]");
const sound = root.querySelector("[data-sound]");
let before;

async function open(layer, number) {
  const answer = await fetch(`/city/things/${layer}/${number}?part=true`, { headers: { accept: "text/html" } }).catch(() => null);
  if (!answer) return;
  if (answer.redirected) return location.assign(answer.url);  // to where one signs in
  const said = await answer.text();
  if (answer.ok) content.innerHTML = said;
  else content.replaceChildren(...new DOMParser().parseFromString(said, "text/html").querySelector("main").childNodes);  // why not, without the page around it
  before ??= document.activeElement;
  panel.hidden = false;
  panel.focus();
}

function close() {
  panel.hidden = true;
  before?.focus?.();
  before = undefined;
}

function beep() {
  const audio = new AudioContext();
  const tone = audio.createOscillator();
  const volume = audio.createGain();
  volume.gain.setValueAtTime(0.2, audio.currentTime);
  volume.gain.exponentialRampToValueAtTime(0.001, audio.currentTime + 0.6);
  tone.frequency.value = 660;
  tone.onended = () => audio.close();  // a browser has few of them, and a night has many events
  tone.connect(volume).connect(audio.destination);
  tone.start();
  tone.stop(audio.currentTime + 0.6);
}

const loud = () => sound.getAttribute("aria-pressed") === "true";
const keep = (on) => {
  sound.setAttribute("aria-pressed", String(on));
  localStorage.setItem(SOUND, String(on));
};
sound.addEventListener("click", () => {
  keep(!loud());
  if (loud()) beep();
});
if (localStorage.getItem(SOUND) === "true") keep(true);

panel.querySelector("[data-close]").addEventListener("click", close);
document.addEventListener("keydown", (event) => { if (event.key === "Escape" && !panel.hidden) close(); });

const map = await draw(root.querySelector("[data-live-map]"));
globalThis.cityMap = map;
const layers = root.querySelector("[data-layers]");
layers.hidden = false;
layers.addEventListener("change", (event) => {
  for (const one of OF_LAYER[event.target.value] ?? []) map.setLayoutProperty(one, "visibility", event.target.checked ? "visible" : "none");
});
map.on("click", (event) => {
  const found = map.queryRenderedFeatures([[event.point.x - 4, event.point.y - 4], [event.point.x + 4, event.point.y + 4]], { layers: [...CLICKED, ...MANY] });
  const one = found[0];
  if (!one) return;
  if (one.properties.count) map.easeTo({ center: event.lngLat, zoom: Math.min(map.getZoom() + 2, 18) });
  else open(one.source, one.id);
});
for (const layer of [...CLICKED, ...MANY]) {
  map.on("mouseenter", layer, () => { map.getCanvas().style.cursor = "pointer"; });
  map.on("mouseleave", layer, () => { map.getCanvas().style.cursor = ""; });
}
root.querySelector("[data-queues]").addEventListener("click", (event) => {
  const link = event.target.closest("[data-thing]");
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  const [layer, number] = link.dataset.thing.split("/");
  const [lon, lat] = [Number(link.dataset.lon), Number(link.dataset.lat)];
  if (Number.isFinite(lon) && Number.isFinite(lat)) map.jumpTo({ center: [lon, lat], zoom: Math.max(map.getZoom(), 13) });
  open(layer, number);
});
follow(root, map, { happened: (things) => { if (loud() && things.some((one) => one.severity >= 3)) beep(); } });
