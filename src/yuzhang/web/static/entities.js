// The map of a page: either one geometry, or the entities in view, asked for again whenever the view changes.
import * as maplibre from "/static/vendor/maplibre-gl.mjs";

maplibre.setWorkerUrl(new URL("/static/vendor/maplibre-gl-worker.mjs", location.href).href);
const WAIT_MS = 250;
const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
const LINE = colour("shape");
const holder = document.querySelector("[data-map]");
if (holder) draw(holder);

function draw(element) {
  const own = element.dataset.geometry ? JSON.parse(element.dataset.geometry) : null;
  const map = new maplibre.Map({
    container: element,
    style: { version: 8, sources: {}, layers: [{ id: "ground", type: "background", paint: { "background-color": colour("land") } }] },
    center: [0, 20],
    zoom: 1,
    attributionControl: false,
    dragRotate: false,
    fadeDuration: 0,
  });
  map.addControl(new maplibre.NavigationControl({ showCompass: false }));
  map.addControl(new maplibre.ScaleControl());
  map.getCanvas().setAttribute("aria-label", element.dataset.label);
  map.on("load", async () => {
    map.addSource("entities", { type: "geojson", data: { type: "FeatureCollection", features: [] } });
    layers(map);
    if (own) {
      map.getSource("entities").setData({ type: "Feature", geometry: own, properties: {} });
      show(map, boxOf(own));
      element.dataset.ready = "true";
      return;
    }
    const box = await asked(element.dataset.extent).catch(() => null);  // then the map begins with the whole world
    if (box) show(map, box);
    await fill(map, element);
    let waiting;
    map.on("moveend", () => {
      clearTimeout(waiting);
      waiting = setTimeout(() => fill(map, element), WAIT_MS);
    });
  });
  if (!own) follow(map, element);
}

function layers(map) {
  map.addLayer({ id: "areas", type: "fill", source: "entities", filter: ["==", ["geometry-type"], "Polygon"], paint: { "fill-color": LINE, "fill-opacity": 0.2 } });
  map.addLayer({ id: "lines", type: "line", source: "entities", filter: ["!=", ["geometry-type"], "Point"], paint: { "line-color": LINE, "line-width": 2 } });
  map.addLayer({ id: "points", type: "circle", source: "entities", filter: ["==", ["geometry-type"], "Point"], paint: { "circle-color": LINE, "circle-radius": 6, "circle-stroke-color": colour("paper"), "circle-stroke-width": 1.5 } });
}

function show(map, [west, south, east, north]) {
  map.fitBounds([[west, south], [east, north]], { padding: 40, maxZoom: 15, animate: false });
}

function boxOf(geometry) {
  const box = [180, 90, -180, -90];
  const walk = (part) => {
    if (typeof part[0] !== "number") return part.forEach(walk);
    box[0] = Math.min(box[0], part[0]);
    box[1] = Math.min(box[1], part[1]);
    box[2] = Math.max(box[2], part[0]);
    box[3] = Math.max(box[3], part[1]);
  };
  walk(geometry.coordinates ?? geometry.geometries.flatMap((one) => [one.coordinates]));
  return box;
}

async function asked(address, more = {}) {
  const parameters = new URLSearchParams(location.search);
  for (const [name, value] of Object.entries(more)) parameters.set(name, value);
  parameters.delete("page");
  const answer = await fetch(`${address}?${parameters}`);
  if (!answer.ok) throw new Error(answer.statusText);
  return answer.json();
}

async function fill(map, element) {
  const status = document.querySelector("[data-map-status]");
  const bounds = map.getBounds();
  const limit = (value, most) => Math.max(-most, Math.min(most, value));
  try {
    const found = await asked(element.dataset.places, {
      west: limit(bounds.getWest(), 180), south: limit(bounds.getSouth(), 90),
      east: limit(bounds.getEast(), 180), north: limit(bounds.getNorth(), 90),
    });
    map.getSource("entities").setData(found);
    const count = element.dataset.count.replace("§", new Intl.NumberFormat(document.documentElement.lang).format(found.features.length));
    status.textContent = found.more ? `${count}. ${element.dataset.more}` : count;
    element.dataset.ready = "true";
  } catch {
    status.textContent = element.dataset.failed;
  }
}

function follow(map, element) {
  const popup = new maplibre.Popup({ closeButton: false });
  for (const layer of ["points", "lines", "areas"]) {
    map.on("mousemove", layer, (event) => {
      map.getCanvas().style.cursor = "pointer";
      const { label, type } = event.features[0].properties;
      popup.setLngLat(event.lngLat).setText(`${label} · ${type}`).addTo(map);
    });
    map.on("mouseleave", layer, () => {
      map.getCanvas().style.cursor = "";
      popup.remove();
    });
    map.on("click", layer, (event) => {
      const parameters = new URLSearchParams({ id: event.features[0].properties.id });
      if (element.dataset.tenant) parameters.set("tenant", element.dataset.tenant);
      location.assign(`${element.dataset.entity}?${parameters}`);
    });
  }
}
