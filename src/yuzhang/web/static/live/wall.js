// The wall: one queue after the other, a clock, and a sign when the connection is lost. The space bar holds the turning.
import { draw } from "./map.js";
import { follow } from "./following.js";

const TURN_MS = 12_000;
const root = document.querySelector("[data-live]");
const hold = document.querySelector("[data-hold]");
const clock = document.querySelector("[data-now]");
let turn = 0;

function queues() {
  const all = [...root.querySelectorAll("[data-queue]")];
  const full = all.filter((one) => one.querySelector("table"));
  const shown = full.length ? full[turn % full.length] : all[0];
  for (const one of all) one.hidden = one !== shown;
}

function tick() {
  const now = new Date();
  clock.dateTime = now.toISOString();
  clock.textContent = now.toLocaleString(document.documentElement.lang, { dateStyle: "medium", timeStyle: "medium", timeZone: clock.dataset.zone });
}

const held = () => hold.getAttribute("aria-pressed") === "true";
const toggle = () => hold.setAttribute("aria-pressed", String(!held()));
hold.hidden = false;
hold.addEventListener("click", toggle);
document.addEventListener("keydown", (event) => {
  if (event.key === " " && event.target === document.body) {
    event.preventDefault();
    toggle();
  }
});
setInterval(() => {
  if (held()) return;
  turn += 1;
  queues();
}, TURN_MS);
setInterval(tick, 1_000);
tick();
queues();
const map = await draw(root.querySelector("[data-live-map]"));
follow(root, map, { renewed: queues });
