// The chart of the page "History": asks the server for just the points of the window in view, again whenever the view changes.
const WAIT_MS = 200;
const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
const MOST_COLOURS = 8;
const LINES = ["solid", "dashed", "dotted"];
const LEAST_MS = 1;
const zone = document.documentElement.lang;
const holder = document.querySelector("[data-history]");
if (holder) begin(holder);

function begin(element) {
  const chart = echarts.init(element);
  const whole = [Date.parse(element.dataset.first), Date.parse(element.dataset.last)];
  const state = { view: [Date.parse(element.dataset.from), Date.parse(element.dataset.to)], overview: null, detail: null, asking: null, waiting: 0, whole };
  whole[0] = Math.min(whole[0], state.view[0]);
  whole[1] = Math.max(whole[1], state.view[1]);
  new ResizeObserver(() => chart.resize()).observe(element);
  draw(chart, element, state);
  if (state.view[0] > whole[0] || state.view[1] < whole[1]) {
    points(element, whole).then((found) => { state.overview = found; draw(chart, element, state); }, () => failed(element));
  }
  ask(chart, element, state, false);
  chart.on("datazoom", () => {
    const zoom = chart.getOption().dataZoom[0];
    if (zoom.startValue === state.view[0] && zoom.endValue === state.view[1]) return;
    state.view = [zoom.startValue, zoom.endValue];
    clearTimeout(state.waiting);
    state.waiting = setTimeout(() => ask(chart, element, state, true), WAIT_MS);
  });
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => draw(chart, element, state));
  const move = (how) => {
    const [from, to] = state.view;
    const span = to - from;
    const [low, high] = { in: [span / 4, -span / 4], out: [-span / 2, span / 2], earlier: [-span / 2, -span / 2], later: [span / 2, span / 2] }[how];
    const next = [Math.max(whole[0], from + low), Math.min(whole[1], to + high)];
    if (next[1] - next[0] < LEAST_MS) return;
    state.view = next;
    draw(chart, element, state);
    ask(chart, element, state, true);
  };
  for (const button of document.querySelectorAll("[data-move]")) button.addEventListener("click", () => move(button.dataset.move));
  element.addEventListener("keydown", (event) => {
    const how = { "+": "in", "=": "in", "-": "out", "−": "out", ArrowLeft: "earlier", ArrowRight: "later" }[event.key];
    if (!how || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    move(how);
  });
}

function moment(ms) {
  return new Date(ms).toISOString();
}

async function points(element, [from, to], signal) {
  const parameters = new URLSearchParams({ series: element.dataset.series, from: moment(Math.floor(from)), to: moment(Math.ceil(to)), width: Math.max(100, Math.min(4000, Math.round(element.clientWidth * devicePixelRatio))) });
  if (element.dataset.tenant) parameters.set("tenant", element.dataset.tenant);
  const answer = await fetch(`${element.dataset.points}?${parameters}`, { signal });
  if (!answer.ok) throw new Error(answer.statusText);
  return answer.json();
}

function failed(element) {
  document.querySelector("[data-chart-status]").textContent = element.dataset.failed ?? document.querySelector("[data-chart-status]").dataset.failed;
}

async function ask(chart, element, state, moved) {
  state.asking?.abort();
  const asking = (state.asking = new AbortController());
  try {
    const found = await points(element, state.view, asking.signal);
    state.detail = found;
    draw(chart, element, state);
    document.querySelector("[data-chart-status]").textContent = "";
    if (moved) await words(state.view, asking.signal);
    element.dataset.ready = String(Number(element.dataset.ready ?? 0) + 1);
  } catch (error) {
    if (error.name !== "AbortError") failed(element);
  }
}

// The summary, the table and the downloads of the new window, from the page that the server makes of it.
async function words([from, to], signal) {
  const address = new URL(location.href);
  for (const name of ["span", "page"]) address.searchParams.delete(name);
  address.searchParams.set("from", moment(Math.floor(from)));
  address.searchParams.set("to", moment(Math.ceil(to)));
  const answer = await fetch(address, { signal, headers: { accept: "text/html" } });
  if (!answer.ok) throw new Error(answer.statusText);
  const made = new DOMParser().parseFromString(await answer.text(), "text/html");
  history.replaceState(null, "", address);
  for (const part of document.querySelectorAll("[data-window-part]")) {
    const fresh = made.querySelector(`[data-window-part="${part.dataset.windowPart}"]`);
    if (fresh) part.replaceWith(fresh);
  }
  for (const link of document.querySelectorAll(".spans [aria-current]")) link.removeAttribute("aria-current");
}

// What is known: the window's own points, and around it the coarse ones of the whole.
function known(state, at) {
  const detail = state.detail?.series[at].points ?? [];
  const coarse = state.overview?.series[at].points ?? [];
  if (!coarse.length) return detail;
  if (!state.detail) return coarse;
  const [from, to] = [Date.parse(state.detail.from), Date.parse(state.detail.to)];
  return [...coarse.filter(([t]) => t < from), ...detail, ...coarse.filter(([t]) => t >= to)];
}

function draw(chart, element, state) {
  const titles = JSON.parse(element.dataset.titles);
  const found = (state.detail ?? state.overview)?.series ?? titles.map(() => ({ unit: "" }));
  const units = [...new Set(found.map((one) => one.unit))];
  const written = (value) => (value == null ? "–" : value.toLocaleString(zone, { maximumFractionDigits: 4 }));
  const narrow = element.clientWidth < 560;
  chart.setOption({
    animation: false,
    useUTC: true,
    color: Array.from({ length: MOST_COLOURS }, (_, at) => colour(`line-${at + 1}`)),
    textStyle: { color: colour("ink") },
    grid: { left: 8, right: 12 + Math.max(0, units.length - 2) * 60, top: narrow ? 24 + 22 * titles.length : 62, bottom: 62, containLabel: true },
    legend: narrow ? { top: 0, left: 0, orient: "vertical", itemHeight: 10, textStyle: { color: colour("ink"), width: element.clientWidth - 60, overflow: "truncate" } } : { top: 0, type: "scroll", textStyle: { color: colour("ink") }, pageTextStyle: { color: colour("ink") } },
    tooltip: { trigger: "axis", backgroundColor: colour("paper"), textStyle: { color: colour("ink") }, confine: true, axisPointer: { type: "line" }, formatter: (rows) => tip(rows, found, written) },
    xAxis: { type: "time", min: state.whole[0], max: state.whole[1], axisLine: { lineStyle: { color: colour("edge") } }, axisLabel: { color: colour("quiet"), hideOverlap: true } },
    yAxis: units.map((unit, at) => ({ type: "value", scale: true, name: unit, position: at ? "right" : "left", offset: Math.max(0, at - 1) * 60, splitLine: { show: !at, lineStyle: { color: colour("line") } }, nameTextStyle: { color: colour("ink") }, axisLabel: { color: colour("quiet"), formatter: written } })),
    dataZoom: [
      { type: "inside", filterMode: "filter", startValue: state.view[0], endValue: state.view[1], minValueSpan: LEAST_MS, zoomOnMouseWheel: true },
      { type: "slider", filterMode: "filter", startValue: state.view[0], endValue: state.view[1], height: 26, bottom: 8, showDetail: false },
    ],
    series: titles.map((name, at) => {
      const data = known(state, at);
      return { name, type: "line", data, yAxisIndex: Math.max(0, units.indexOf(found[at].unit)), showSymbol: data.length < 200, symbolSize: 5, lineStyle: { width: 1.5, type: LINES[Math.floor(at / 3) % 3] }, emphasis: { disabled: true } };
    }),
  });
}

function tip(rows, found, written) {
  const box = document.createElement("div");
  const line = (text) => box.appendChild(document.createElement("div")).append(text);
  if (rows.length) line(moment(rows[0].value[0]).replace("T", " ").replace(/\.000Z|Z/, " UTC"));
  for (const row of rows) line(`${row.seriesName}: ${written(row.value[1])}`);
  return box;
}
