// The map of the city: vector tiles of regions, devices, events and cases. Colour is never alone: shape, fill and number say the same.
import * as maplibre from "/static/vendor/maplibre-gl.mjs";

maplibre.setWorkerUrl(new URL("/static/vendor/maplibre-gl-worker.mjs", location.href).href);
const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
const DEEPEST = 16;
const SIZE = 44;
const STEPS = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10000];
const age = ["coalesce", ["feature-state", "age"], ["get", "age"]];
const worst = ["coalesce", ["feature-state", "severity"], ["get", "severity"], 0];

export async function draw(element) {
  const words = JSON.parse(element.dataset.words);
  const style = { version: 8, sources: {}, layers: [{ id: "ground", type: "background", paint: { "background-color": colour("land") } }] };
  const map = new maplibre.Map({ container: element, style, center: [105, 35], zoom: 3, attributionControl: false, dragRotate: false, fadeDuration: 0, canvasContextAttributes: { antialias: false } });
  map.touchZoomRotate.disableRotation();
  map.getCanvas().setAttribute("aria-label", element.dataset.label);
  map.setMissingStyleImageResolver((id) => {
    const image = icon(id);
    if (image && !map.hasImage(id)) map.addImage(id, image, { pixelRatio: 2 });
  });
  show(map, element.dataset.extent);
  await map.once("load");
  await ground(map, element);
  layers(map, words);
  map.once("idle", () => { element.dataset.ready = "true"; });
  return map;
}

export function show(map, extent) {
  if (!extent) return;
  const [west, south, east, north] = extent.split(",").map(Number);
  map.fitBounds([[west, south], [east, north]], { padding: 30, maxZoom: 14, animate: false });
}

async function ground(map, element) {
  const { kind, base } = element.dataset;
  if (kind === "xyz") {
    map.addSource("base", { type: "raster", tiles: [new URL(base, location.href).href.replaceAll("%7B", "{").replaceAll("%7D", "}")], tileSize: 256 });
    map.addLayer({ id: "base", type: "raster", source: "base", paint: { "raster-opacity": 0.75, "raster-saturation": -0.5 } });
  }
  if (kind !== "pmtiles") return;
  await loaded("/static/vendor/pmtiles.js");
  const { Protocol, PMTiles } = globalThis.pmtiles;
  const address = new URL(base, location.href).href;
  const protocol = new Protocol();
  const file = new PMTiles(address);
  protocol.add(file);
  maplibre.addProtocol("pmtiles", protocol.tile);
  const vector = (await file.getHeader()).tileType === 1;
  map.addSource("base", { type: vector ? "vector" : "raster", url: `pmtiles://${address}`, ...(vector ? {} : { tileSize: 256 }) });
  if (!vector) {
    map.addLayer({ id: "base", type: "raster", source: "base", paint: { "raster-opacity": 0.75 } });
    return;
  }
  const fill = (layer, name) => map.addLayer({ id: `base-${layer}`, type: "fill", source: "base", "source-layer": layer, paint: { "fill-color": colour(name) } });
  const line = (layer, width) => map.addLayer({ id: `base-${layer}`, type: "line", source: "base", "source-layer": layer, paint: { "line-color": colour("edge"), "line-opacity": 0.5, "line-width": width } });
  fill("water", "line");
  line("roads", 1);
  line("boundaries", 0.7);
}

function loaded(address) {
  return new Promise((resolve, reject) => {
    const script = Object.assign(document.createElement("script"), { src: address, onload: resolve, onerror: reject });
    document.head.append(script);
  });
}

function layers(map, words) {
  const tiles = (layer, query = "") => [`${location.origin}/api/city/tiles/${layer}/{z}/{x}/{y}.mvt${query}`];
  map.addSource("regions", { type: "vector", tiles: tiles("regions", `?lang=${document.documentElement.lang.slice(0, 2)}`), maxzoom: 14 });
  for (const layer of ["devices", "events", "cases"]) map.addSource(layer, { type: "vector", tiles: tiles(layer), maxzoom: DEEPEST });
  map.addLayer({ id: "regions", type: "line", source: "regions", "source-layer": "regions", paint: { "line-color": colour("shape"), "line-width": 1.5, "line-dasharray": [3, 2] } });
  const severe = ["match", worst, 1, colour("line-7"), 2, colour("nearly"), 3, colour("focus"), 4, colour("missed"), colour("shape")];
  map.addLayer({ id: "devices", type: "circle", source: "devices", "source-layer": "devices", filter: ["!", ["has", "count"]], paint: {
    "circle-color": severe,
    "circle-radius": ["interpolate", ["linear"], ["zoom"], 8, 2.5, 12, 4, 16, 8],
    "circle-opacity": ["match", age, 1, 1, 2, 0.25, 0],
    "circle-stroke-color": ["match", age, 3, colour("missed"), 0, colour("edge"), severe],
    "circle-stroke-width": ["match", age, 1, 0.5, 3, 2.5, 1.5],
  } });
  map.addLayer({ id: "devices-many", type: "circle", source: "devices", "source-layer": "devices", filter: ["has", "count"], paint: {
    "circle-color": severe,
    "circle-radius": ["interpolate", ["linear"], ["get", "count"], 1, 2.5, 10, 4, 100, 7, 1000, 11],
    "circle-opacity": ["match", ["get", "age"], 2, 0.3, 0.8],
    "circle-stroke-color": severe,
    "circle-stroke-width": 1,
  } });
  map.addLayer({ id: "devices-count", type: "symbol", source: "devices", "source-layer": "devices", filter: ["all", ["has", "count"], [">=", ["get", "count"], 10]], layout: { "icon-image": ["concat", "count-", step(["get", "count"])], "icon-padding": 4, "symbol-sort-key": ["-", 0, ["get", "count"]] } });
  for (const layer of ["cases", "events"]) {
    map.addLayer({ id: layer, type: "symbol", source: layer, "source-layer": layer, layout: {
      "icon-image": ["concat", layer, "-", ["to-string", ["get", "severity"]], "-", ["case", ["has", "count"], step(["get", "count"]), "1"], "-", ["coalesce", ["get", "status"], "open"]],
      "icon-allow-overlap": true, "icon-ignore-placement": true, "symbol-sort-key": ["get", "severity"],
      "icon-offset": layer === "cases" ? [14, -14] : [0, 0],
    } });
  }
}

const step = (value) => ["to-string", ["step", value, 1, ...STEPS.slice(1).flatMap((one) => [one, one])]];

// events: circle, triangle, diamond, square by severity 1 to 4, with its number; cases: the same on a white card; ended ones are hollow.
function icon(id) {
  const canvas = Object.assign(document.createElement("canvas"), { width: SIZE, height: SIZE });
  const pen = canvas.getContext("2d");
  const [kind, level, many, status] = id.split("-");
  pen.textAlign = "center";
  pen.textBaseline = "middle";
  if (kind === "count") {
    text(pen, short(Number(level)), colour("ink"), 18);
  } else if (kind === "events" || kind === "cases") {
    const fill = { 1: colour("line-7"), 2: colour("nearly"), 3: colour("focus"), 4: colour("missed") }[level] ?? colour("quiet");
    if (kind === "cases") {
      pen.fillStyle = colour("paper");
      pen.strokeStyle = fill;
      pen.lineWidth = 3;
      pen.fillRect(3, 3, SIZE - 6, SIZE - 6);
      pen.strokeRect(3, 3, SIZE - 6, SIZE - 6);
    }
    shape(pen, Number(level), fill, status !== "open" && status !== undefined && many === "1");
    text(pen, Number(many) > 1 ? `${short(Number(many))}+` : level, status === "open" || Number(many) > 1 ? colour("paper") : fill, 17);
  } else {
    return null;
  }
  return pen.getImageData(0, 0, SIZE, SIZE);
}

function shape(pen, level, fill, hollow) {
  const m = SIZE / 2;
  pen.beginPath();
  if (level === 2) pen.moveTo(m, 5), pen.lineTo(SIZE - 5, SIZE - 8), pen.lineTo(5, SIZE - 8);
  else if (level === 3) pen.moveTo(m, 4), pen.lineTo(SIZE - 4, m), pen.lineTo(m, SIZE - 4), pen.lineTo(4, m);
  else if (level === 4) pen.rect(7, 7, SIZE - 14, SIZE - 14);
  else pen.arc(m, m, m - 7, 0, 7);
  pen.closePath();
  pen.fillStyle = hollow ? colour("paper") : fill;
  pen.strokeStyle = hollow ? fill : colour("paper");
  pen.lineWidth = 2.5;
  pen.fill();
  pen.stroke();
}

function text(pen, words, fill, size) {
  pen.font = `bold ${size}px system-ui, sans-serif`;
  pen.strokeStyle = fill === colour("ink") ? colour("paper") : "transparent";
  pen.lineWidth = 4;
  pen.strokeText(words, SIZE / 2, SIZE / 2 + 2);
  pen.fillStyle = fill;
  pen.fillText(words, SIZE / 2, SIZE / 2 + 2);
}

const short = (count) => (count >= 1000 ? `${count / 1000}k` : String(count));

export function values(map, told) {
  for (const [number, old, severity] of told.values) map.setFeatureState({ source: told.layer, sourceLayer: told.layer, id: number }, { age: old, severity });
}

export const CLICKED = ["events", "cases", "devices"];
export const MANY = ["devices-many", "devices-count"];
export const OF_LAYER = { regions: ["regions"], devices: ["devices", "devices-many", "devices-count"], events: ["events"], cases: ["cases"] };
