// The map of zones: on a blank ground, or on tiles where the station's rule names an address. Zones that stand close
// together are one mark with their number; marks are reached and opened by keyboard, and all of it is in the list too.
import L from "leaflet";

const place = document.getElementById("map");
const APART = 48; // pixels: a mark gathers what stands nearer, so that a finger meets one at a time
const LISTED = 12;
// The first stands for a group: how zones are, and how the boxes of villages are.
const WEIGHT = ["carrier_down", "silent", "no_loudspeaker", "trouble", "offline", "never_seen", "no_player", "on_air", "paused", "ready", "online"];
const CLOSEST = 18;
const RENEW_MS = 10000;

async function draw() {
  const answer = await fetch(place.dataset.points, { headers: { Accept: "application/json" } });
  if (!answer.ok) return;
  const told = await answer.json();
  const { tiles, zones } = told;
  let { points } = told;
  const at = place.dataset.at?.split(",").map(Number);
  if (!points.length && !at) {
    place.replaceWith(Object.assign(document.createElement("p"), { className: "empty", textContent: place.dataset.none }));
    return;
  }
  place.hidden = false;
  const map = L.map(place, { attributionControl: Boolean(tiles), zoomControl: false, maxZoom: CLOSEST, zoomAnimation: false, fadeAnimation: false, markerZoomAnimation: false });
  L.control.zoom({ zoomInTitle: place.dataset.in, zoomOutTitle: place.dataset.out }).addTo(map);
  if (tiles) L.tileLayer(tiles, { maxZoom: CLOSEST }).addTo(map);
  if (at) map.setView(at, 15);
  else map.fitBounds(L.latLngBounds(points.map((point) => point.at)), { padding: [24, 24], maxZoom: 15 });
  const marks = L.layerGroup().addTo(map);
  let shown = null;
  const fill = () => {
    const view = map.getBounds().pad(0.5);
    if (shown && shown.zoom === map.getZoom() && shown.view.contains(map.getBounds())) return;
    shown = { zoom: map.getZoom(), view };
    marks.clearLayers();
    for (const group of groups(map, points.filter((point) => view.contains(point.at)))) {
      marks.addLayer(group.length === 1 ? one(group[0], zones) : many(map, group, zones));
    }
  };
  map.on("zoomend moveend", fill);
  fill();
  let newAt = 0;
  document.addEventListener("loaban:fleet", async () => {
    if (performance.now() < newAt || place.contains(document.activeElement)) return; // a mark that has the focus stays
    newAt = performance.now() + RENEW_MS;
    const again = await fetch(place.dataset.points, { headers: { Accept: "application/json" } });
    if (!again.ok) return;
    ({ points } = await again.json());
    shown = null;
    fill();
  });
}

function groups(map, points) {
  const found = [];
  for (const point of points) {
    const here = map.project(point.at);
    const near = found.find((group) => group.anchor.distanceTo(here) < APART);
    if (near) near.points.push(point);
    else found.push({ anchor: here, points: [point] });
  }
  return found.map((group) => group.points);
}

function one(point, zones) {
  const told = `${point.name}: ${point.told}`;
  return mark(point.at, point.state, "", told).bindPopup(line(point, zones)).bindTooltip(text(told));
}

function many(map, group, zones) {
  const worst = WEIGHT.find((state) => group.some((point) => point.state === state)) ?? group[0].state;
  const bounds = L.latLngBounds(group.map((point) => point.at));
  const told = `${group.length} · ${group.slice(0, 3).map((point) => point.name).join(", ")}${group.length > 3 ? "…" : ""}`;
  const found = mark(group[0].at, worst, String(group.length), told).bindTooltip(text(told));
  const nearer = ({ originalEvent: pressed }) => {
    if (pressed.key && pressed.key !== "Enter" && pressed.key !== " ") return;
    map.fitBounds(bounds, { padding: [40, 40], maxZoom: CLOSEST });
  };
  const isOneSpot = bounds.getNorthEast().equals(bounds.getSouthWest(), 1e-6) || map.getZoom() >= CLOSEST;
  if (!isOneSpot) return found.on("click keypress", nearer);
  const list = document.createElement("div");
  list.append(...group.slice(0, LISTED).map((point) => line(point, zones)));
  if (group.length > LISTED) list.append("…");
  return found.bindPopup(list);
}

// What is wrong is larger and ringed: not by colour alone.
function mark(at, state, number, told) {
  const icon = L.divIcon({ className: `map-mark ${state}${number ? " many" : ""}`, html: text(number), iconSize: number ? [34, 34] : [26, 26] });
  const found = L.marker(at, { icon, keyboard: true });
  return found.on("add", () => found.getElement().setAttribute("aria-label", told));
}

function line(point, zones) {
  const told = document.createElement("p");
  const link = Object.assign(document.createElement("a"), { href: zones + encodeURIComponent(point.code), textContent: point.name });
  told.append(link, document.createElement("br"), `${point.area} · ${point.told}`);
  return told;
}

function text(words) {
  return Object.assign(document.createElement("span"), { textContent: words });
}

if (place) draw();
