// The map of zones: on a blank ground, or on tiles where the station's rule names an address.
import L from "leaflet";

const place = document.getElementById("map");
const ROUND = { on_air: "#2aa876", ready: "#ffffff", no_loudspeaker: "#e0a100", paused: "#8a9892" };
const LOUD = "#d02f45";

async function draw() {
  const answer = await fetch(place.dataset.points, { headers: { Accept: "application/json" } });
  if (!answer.ok) return;
  const { points, tiles } = await answer.json();
  const at = place.dataset.at?.split(",").map(Number);
  if (!points.length && !at) {
    place.replaceWith(Object.assign(document.createElement("p"), { className: "empty", textContent: place.dataset.none }));
    return;
  }
  place.hidden = false;
  const map = L.map(place, { preferCanvas: true, attributionControl: Boolean(tiles), zoomControl: false, maxZoom: 18 });
  L.control.zoom({ zoomInTitle: place.dataset.in, zoomOutTitle: place.dataset.out }).addTo(map);
  if (tiles) L.tileLayer(tiles, { maxZoom: 18 }).addTo(map);
  for (const point of points) mark(point).addTo(map);
  if (at) map.setView(at, 14);
  else map.fitBounds(L.latLngBounds(points.map((point) => point.at)), { padding: [24, 24], maxZoom: 15 });
}

// What is wrong is larger and ringed in red: not by colour alone.
function mark(point) {
  const isWrong = point.state === "silent" || point.state === "carrier_down";
  const ink = getComputedStyle(place).color;
  const dot = L.circleMarker(point.at, {
    radius: isWrong ? 9 : 6, weight: isWrong ? 4 : 2, color: isWrong ? LOUD : ink, fillColor: isWrong ? LOUD : ROUND[point.state],
    fillOpacity: isWrong ? 0.6 : 1, dashArray: point.state === "paused" ? "2 3" : null,
  });
  const told = document.createElement("div");
  const link = Object.assign(document.createElement("a"), { href: point.url, textContent: point.name });
  told.append(link, document.createElement("br"), `${point.area} · ${point.told}`);
  return dot.bindPopup(told).bindTooltip(Object.assign(document.createElement("span"), { textContent: `${point.name}: ${point.told}` }));
}

if (place) draw();
