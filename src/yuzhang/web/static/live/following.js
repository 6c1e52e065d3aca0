// What the screen and the wall share: the stream, the queues renewed as things happen, what is said aloud of it.
import { listen } from "./stream.js";
import { values } from "./map.js";

const WAIT_MS = 400;
const RARELY_MS = 60_000;
const AGAIN_MS = 5_000;
const LATE_S = 60;
const QUEUED = "table [data-thing]";
const MINE = ["q-events", "q-mine", "q-unit"].map((one) => `section[aria-labelledby="${one}"] ${QUEUED}`).join(", ");

export function follow(root, map, { renewed, happened } = {}) {
  const words = JSON.parse(root.querySelector("[data-live-map]").dataset.words);
  const link = document.querySelector("[data-link]");
  const news = document.querySelector("[data-news]");
  const queues = root.querySelector("[data-queues]");
  const stale = new Set();
  const open = new Map();  // whether a thing was open when it was seen last: by its page, since its number may be another thing's later
  const began = Number(queues.querySelector("[data-at]").dataset.at) / 1_000_000;
  let waiting;
  let state = "";
  let missed = false;
  let later = false;

  async function renew() {
    waiting = undefined;
    if (map && !map.getContainer().dataset.ready) {  // tiles that are asked for anew while they first come are never all there
      if (!later) map.once("idle", all);
      later = true;
    } else for (const layer of stale) if (map?.getSource(layer)) map.refreshTiles(layer);
    stale.clear();
    const catching = missed;
    missed = false;
    const answer = await fetch("/city/queues", { headers: { accept: "text/html" } }).catch(() => null);
    if (!answer?.ok || answer.redirected) {  // to where one signs in
      missed ||= catching;
      if (catching && !answer?.redirected) setTimeout(all, AGAIN_MS);
      return;
    }
    const held = document.activeElement?.closest?.("[data-queues] [data-thing]")?.dataset.thing;
    queues.innerHTML = await answer.text();
    if (held) queues.querySelector(`[data-thing="${held}"]`)?.focus();
    renewed?.();
    if (catching) caughtUp();
  }

  function see() {
    for (const one of queues.querySelectorAll(QUEUED)) open.set(one.getAttribute("href"), true);
  }

  // What came while nothing was heard is said now; nothing is said of what was known before.
  function caughtUp() {
    const fresh = [...queues.querySelectorAll(MINE)].filter((link) => !open.get(link.getAttribute("href")));
    see();
    say(fresh.map((link) => {
      const row = link.closest("tr");
      const severity = Number(row.querySelector(".sev")?.className.match(/sev-(\d)/)?.[1] ?? 0);
      return { title: link.textContent, severity, simulated: Boolean(row.querySelector(".simulated")) };
    }));
  }

  function say(fresh) {
    if (!fresh.length) return;
    const { title, severity, simulated } = fresh[0];
    const level = words.severity[severity];
    news.textContent = words.news.replace("{title}", () => `${title}${level ? ` (${level})` : ""}${simulated ? ` · ${words.simulated}` : ""}`);
    happened?.(fresh);
  }

  function soon(...layers) {
    for (const layer of layers) stale.add(layer);
    waiting ??= setTimeout(renew, WAIT_MS);
  }

  // A note on a case and the end of an event are told too: news is only what was not open before.
  function told({ layer, things }) {
    soon(layer);
    const fresh = things.filter((one) => {
      const address = `/${layer}/${one.id}`;
      const known = open.get(address) ?? (layer === "cases" && one.at > 0 && one.at < began - LATE_S);
      const is = one.there && one.status === "open";
      open.set(address, is);
      return is && !known;
    });
    const chinese = document.documentElement.lang.startsWith("zh");
    say(fresh.map((one) => ({ ...one, title: (chinese ? one.zh : one.en) || one.id })));
  }

  const all = () => soon("devices", "events", "cases");
  const anew = () => {
    missed = true;
    all();
  };
  see();
  listen(
    { event: told, case: told, device: all, value: (message) => map && values(map, message), many: () => soon("devices"), behind: anew, look: anew, hello: (_, lost) => { if (lost) anew(); } },
    (word) => {
      if (word === state) return;
      state = word;
      link.textContent = words[word];
      link.dataset.state = word;
      document.documentElement.classList.toggle("lost", word !== "back");
    },
  );
  setInterval(all, RARELY_MS);
}
