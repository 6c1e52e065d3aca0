// Draws each target's course: the promised path, the published figures, the forecast with its band. Saves it as PNG.
const zh = document.documentElement.lang === "zh-CN";
const words = zh
  ? { path: "承诺路径", measured: "已发布数据", forecast: "预测", band: "预测区间", low: "区间下限" }
  : { path: "promised path", measured: "published figures", forecast: "forecast", band: "forecast band", low: "lower end" };
const charts = new Map();
const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();

function axes(label = {}) {
  return { axisLine: { lineStyle: { color: colour("edge") } }, splitLine: { lineStyle: { color: colour("line") } }, nameTextStyle: { color: colour("ink") }, axisLabel: { color: colour("quiet"), ...label } };
}

function option({ unit, path, measured, forecast }) {
  const years = [...path, ...measured, ...forecast].map(([year]) => year);
  const [first, last] = [Math.min(...years), Math.max(...years)];
  const axis = Array.from({ length: last - first + 1 }, (_, i) => String(first + i));
  const over = (points, pick = (p) => p[1]) => {
    const known = new Map(points.map((p) => [String(p[0]), pick(p)]));
    return axis.map((year) => known.get(year) ?? null);
  };
  const series = [
    { name: words.path, type: "line", data: over(path), lineStyle: { type: "dashed" }, color: colour("promised"), symbol: "none" },
    { name: words.measured, type: "line", data: over(measured), color: colour("brand"), symbol: "circle", symbolSize: 9, connectNulls: true },
  ];
  if (forecast.length) {
    series.push(
      { name: words.low, type: "line", data: over(forecast, (p) => p[2]), stack: "band", lineStyle: { opacity: 0 }, symbol: "none", silent: true, tooltip: { show: false } },
      { name: words.band, type: "line", data: over(forecast, (p) => p[3] - p[2]), stack: "band", lineStyle: { opacity: 0 }, areaStyle: { color: colour("forecast"), opacity: 0.18 }, color: colour("forecast"), symbol: "none", silent: true, tooltip: { show: false } },
      { name: words.forecast, type: "line", data: over(forecast), color: colour("forecast"), lineStyle: { type: "dotted" }, symbol: "emptyCircle" },
    );
  }
  const written = (value) => (value == null ? "–" : value.toLocaleString(document.documentElement.lang, { maximumFractionDigits: 2 }));
  return {
    animation: false,
    aria: { enabled: true },
    backgroundColor: colour("paper"),
    textStyle: { color: colour("ink") },
    grid: { left: 12, right: 18, top: 56, bottom: 8, containLabel: true },
    legend: { top: 0, textStyle: { color: colour("ink") }, data: series.map((one) => one.name).filter((name) => name !== words.low) },
    tooltip: { trigger: "axis", backgroundColor: colour("paper"), textStyle: { color: colour("ink") }, valueFormatter: (value) => `${written(value)} ${unit}` },
    xAxis: { type: "category", data: axis, ...axes() },
    yAxis: { type: "value", scale: true, name: unit, ...axes({ formatter: written }) },
    series,
  };
}

for (const place of document.querySelectorAll("[data-chart]")) {
  const data = JSON.parse(document.getElementById(`chart-${place.dataset.chart}`).textContent);
  const chart = echarts.init(place);
  chart.setOption(option(data));
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => chart.setOption(option(data), true));
  charts.set(place.dataset.chart, chart);
  new ResizeObserver(() => chart.resize()).observe(place);
}

for (const button of document.querySelectorAll("[data-png]")) {
  button.addEventListener("click", () => {
    const link = document.createElement("a");
    link.href = charts.get(button.dataset.png).getDataURL({ type: "png", pixelRatio: 2, backgroundColor: colour("paper") });
    link.download = `${button.dataset.name}.png`;
    link.click();
  });
}
