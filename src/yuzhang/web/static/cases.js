// Pages of cases: the map of a place, the map on which a place is chosen, one's own position, and the chart of units.
const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
const picked = { lon: document.querySelector("[data-lon]:not([data-case-map])"), lat: document.querySelector("[data-lat]:not([data-case-map])") };

for (const place of document.querySelectorAll("[data-case-map]")) {
  drawn(place).then(({ map, pin }) => {
    const at = [Number(place.dataset.lon), Number(place.dataset.lat)];
    pin(at);
    map.jumpTo({ center: at, zoom: 14 });
    place.dataset.ready = "true";
  });
}

const choosing = document.querySelector("[data-pick-map]");
if (choosing) {
  choosing.hidden = false;
  const looked = new IntersectionObserver((entries) => {
    if (!entries.some((one) => one.isIntersecting)) return;
    looked.disconnect();
    choose(choosing);
  });
  looked.observe(choosing);
}

async function choose(element) {
  const { map, pin } = await drawn(element);
  const show = () => {
    const [lon, lat] = [picked.lon.value, picked.lat.value].map(Number);
    if (!picked.lon.value || !picked.lat.value || !Number.isFinite(lon) || !Number.isFinite(lat) || Math.abs(lon) > 180 || Math.abs(lat) > 90) return;
    pin([lon, lat]);
    map.jumpTo({ center: [lon, lat], zoom: Math.max(map.getZoom(), 13) });
  };
  map.on("click", ({ lngLat }) => {
    picked.lon.value = lngLat.lng.toFixed(6);
    picked.lat.value = lngLat.lat.toFixed(6);
    pin([lngLat.lng, lngLat.lat]);
  });
  for (const field of [picked.lon, picked.lat]) field.addEventListener("change", show);
  show();
  element.dataset.ready = "true";
}

async function drawn(element) {
  const maplibre = await import("/static/vendor/maplibre-gl.mjs");
  maplibre.setWorkerUrl(new URL("/static/vendor/maplibre-gl-worker.mjs", location.href).href);
  const style = { version: 8, sources: {}, layers: [{ id: "ground", type: "background", paint: { "background-color": colour("land") } }] };
  if (element.dataset.kind === "xyz") {
    const tiles = [new URL(element.dataset.base, location.href).href.replaceAll("%7B", "{").replaceAll("%7D", "}")];
    style.sources.base = { type: "raster", tiles, tileSize: 256 };
    style.layers.push({ id: "base", type: "raster", source: "base" });
  }
  const map = new maplibre.Map({ container: element, style, center: [105, 35], zoom: 3, attributionControl: false, dragRotate: false, fadeDuration: 0 });
  map.touchZoomRotate.disableRotation();
  map.addControl(new maplibre.NavigationControl({ showCompass: false }));
  map.addControl(new maplibre.ScaleControl());
  map.getCanvas().setAttribute("aria-label", element.dataset.label);
  new ResizeObserver(() => map.resize()).observe(element);
  await map.once("load");
  await outline(map, element);
  map.addSource("pin", { type: "geojson", data: { type: "FeatureCollection", features: [] } });
  map.addLayer({ id: "pin", type: "circle", source: "pin", paint: { "circle-color": colour("focus"), "circle-radius": 9, "circle-stroke-color": colour("paper"), "circle-stroke-width": 3 } });
  const pin = (coordinates) => map.getSource("pin").setData({ type: "Feature", properties: {}, geometry: { type: "Point", coordinates } });
  return { map, pin };
}

async function outline(map, element) {
  const answer = await fetch(element.dataset.boundaries ?? "/report/boundaries.json").catch(() => null);
  if (!answer?.ok) return;
  const data = await answer.json();
  if (!data.features.length) return;
  map.addSource("regions", { type: "geojson", data });
  map.addLayer({ id: "regions", type: "line", source: "regions", paint: { "line-color": colour("shape"), "line-width": 1.5, "line-dasharray": [3, 2] } });
  const box = [180, 90, -180, -90];
  const walk = (part) => {
    if (typeof part[0] !== "number") return part.forEach(walk);
    box[0] = Math.min(box[0], part[0]);
    box[1] = Math.min(box[1], part[1]);
    box[2] = Math.max(box[2], part[0]);
    box[3] = Math.max(box[3], part[1]);
  };
  for (const one of data.features) walk(one.geometry.coordinates);
  map.fitBounds([[box[0], box[1]], [box[2], box[3]]], { padding: 20, animate: false });
}

const locate = document.querySelector("[data-locate]");
if (locate && navigator.geolocation) {
  const said = document.querySelector("[data-located]");
  locate.hidden = false;
  locate.addEventListener("click", () => navigator.geolocation.getCurrentPosition(
    ({ coords }) => {
      picked.lon.value = coords.longitude.toFixed(6);
      picked.lat.value = coords.latitude.toFixed(6);
      picked.lat.dispatchEvent(new Event("change"));
      said.textContent = said.dataset.found.replace("§", picked.lat.value).replace("¶", picked.lon.value);
    },
    () => { said.textContent = said.dataset.failed; },
    { enableHighAccuracy: true, timeout: 15000 },
  ));
}

const rates = document.querySelector("[data-rates]");
if (rates) {
  const { units, series } = JSON.parse(rates.dataset.rates);
  const shades = ["kept", "nearly", "line-4", "missed"].map((name) => colour(name));
  const marks = ["circle", "triangle", "diamond", "rect"];
  const chart = echarts.init(rates);
  chart.setOption({
    animation: false,
    aria: { enabled: true, decal: { show: true } },
    backgroundColor: colour("paper"),
    textStyle: { color: colour("ink") },
    grid: { left: 12, right: 24, top: 56, bottom: 8, containLabel: true },
    legend: { top: 0, textStyle: { color: colour("ink") } },
    tooltip: { trigger: "axis", backgroundColor: colour("paper"), textStyle: { color: colour("ink") }, valueFormatter: (value) => `${value} %` },
    xAxis: { type: "category", data: units, axisLabel: { color: colour("quiet"), interval: 0, rotate: units.length > 4 ? 30 : 0 } },
    yAxis: { type: "value", max: 100, axisLabel: { color: colour("quiet"), formatter: "{value} %" }, splitLine: { lineStyle: { color: colour("line") } } },
    series: series.map(([name, data], at) => ({ name, type: "bar", data, color: shades[at], symbol: marks[at] })),
  });
  new ResizeObserver(() => chart.resize()).observe(rates);
}
