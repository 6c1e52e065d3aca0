// The charts of rules: events a day of a dry run, and the values around one event.
const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
const zh = document.documentElement.lang === "zh-CN";
const words = zh ? { events: "事件", bound: "阈值", opened: "产生", over: "消除" } : { events: "events", bound: "bound", opened: "opened", over: "over" };

function frame() {
  return {
    animation: false,
    useUTC: true,
    textStyle: { color: colour("ink") },
    grid: { left: 8, right: 40, top: 30, bottom: 10, containLabel: true },
    tooltip: { trigger: "axis", backgroundColor: colour("paper"), textStyle: { color: colour("ink") }, confine: true },
    xAxis: { type: "time", axisLine: { lineStyle: { color: colour("edge") } }, axisLabel: { color: colour("quiet"), hideOverlap: true } },
    yAxis: { type: "value", scale: true, splitLine: { lineStyle: { color: colour("line") } }, nameTextStyle: { color: colour("ink") }, axisLabel: { color: colour("quiet") } },
  };
}

function days({ days: found }) {
  const made = frame();
  return { ...made, yAxis: { ...made.yAxis, scale: false, minInterval: 1, name: words.events }, series: [{ name: words.events, type: "bar", data: found, color: colour("line-1"), barMaxWidth: 24 }] };
}

// By the clock of the city, UTC+8, as the page tells times.
const local = (ms) => ms + 8 * 3_600_000;

function event({ points, threshold, opened, cleared, unit }) {
  const made = frame();
  const marks = [{ xAxis: local(opened), name: words.opened }];
  if (cleared != null) marks.push({ xAxis: local(cleared), name: words.over });
  if (threshold != null) marks.push({ yAxis: threshold, name: words.bound });
  return {
    ...made,
    yAxis: { ...made.yAxis, name: unit },
    series: [{ type: "line", data: points.map(([at, value]) => [local(at), value]), color: colour("line-1"), showSymbol: points.length < 200, symbolSize: 5, markLine: { symbol: "none", lineStyle: { color: colour("line-2"), type: "dashed" }, label: { formatter: "{b}", color: colour("ink") }, data: marks } }],
  };
}

for (const [name, option] of [["ruleDays", days], ["ruleEvent", event]]) {
  const selector = `[data-${name.replace(/[A-Z]/g, (one) => `-${one.toLowerCase()}`)}]`;
  for (const place of document.querySelectorAll(selector)) {
    const chart = echarts.init(place);
    const draw = () => chart.setOption(option(JSON.parse(place.dataset.content)), true);
    draw();
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", draw);
    new ResizeObserver(() => chart.resize()).observe(place);
    place.dataset.ready = "1";
  }
}

// The form of a rule shows the fields of what is compared; without this all are there, and those of other kinds do not count.
for (const form of document.querySelectorAll("[data-rule-form]")) {
  const kind = form.elements.measure;
  const show = () => {
    for (const part of form.querySelectorAll("[data-of]")) part.hidden = part.disabled = !part.dataset.of.split(" ").includes(kind.value);
  };
  kind.addEventListener("change", show);
  show();
}
