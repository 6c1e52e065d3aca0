// The charts of the page "Air quality": the index by the hour as a line, by the day as bars, with the bounds of its levels.
const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
const BOUNDS = [50, 100, 150, 200, 300];
// By the clock of the city, UTC+8, as the page tells times.
const local = (ms) => ms + 8 * 3_600_000;

function option(kind, found) {
  const highest = Math.max(100, ...found.map(([, aqi]) => aqi ?? 0));
  const bounds = BOUNDS.filter((one) => one <= highest).map((yAxis) => ({ yAxis }));
  return {
    animation: false,
    useUTC: true,
    textStyle: { color: colour("ink") },
    grid: { left: 8, right: 40, top: 30, bottom: 10, containLabel: true },
    tooltip: { trigger: "axis", backgroundColor: colour("paper"), textStyle: { color: colour("ink") }, confine: true },
    xAxis: { type: "time", axisLine: { lineStyle: { color: colour("edge") } }, axisLabel: { color: colour("quiet"), hideOverlap: true } },
    yAxis: { type: "value", name: "AQI", min: 0, max: Math.ceil(highest / 50) * 50, splitLine: { show: false }, nameTextStyle: { color: colour("ink") }, axisLabel: { color: colour("quiet") } },
    series: [{
      name: "AQI",
      type: kind === "days" ? "bar" : "line",
      data: found.map(([at, aqi]) => [local(at), aqi]),
      color: colour("line-1"),
      barMaxWidth: 18,
      symbolSize: 5,
      markLine: { symbol: "none", silent: true, lineStyle: { color: colour("line-2"), type: "dashed" }, label: { formatter: "{c}", color: colour("ink") }, data: bounds },
    }],
  };
}

for (const place of document.querySelectorAll("[data-air]")) {
  const chart = echarts.init(place);
  const draw = () => chart.setOption(option(place.dataset.air, JSON.parse(place.dataset.content)), true);
  draw();
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", draw);
  new ResizeObserver(() => chart.resize()).observe(place);
  place.dataset.ready = "1";
}
