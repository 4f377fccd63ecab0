// Keeps the status page alive: fetches its changing part every few seconds, counts down, and says when contact is lost.
const live = document.querySelector("[data-live]");
const lost = document.querySelector("[data-lost]");
const clock = document.querySelector("[data-clock]");
const PATIENCE_MS = 8000;
let ahead = 0; // how much the server's clock is ahead of the browser's, in ms
let lastContact = 0;
let previous = new Map();

const stationTime = new Intl.DateTimeFormat("vi-VN", {
  timeZone: clock.dataset.zone, hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23",
});

function serverNow() {
  return Date.now() + ahead;
}

function asLength(ms) {
  const total = Math.max(0, Math.ceil(ms / 1000));
  if (total >= 86400) return `${Math.floor(total / 86400)} ngày ${Math.floor((total % 86400) / 3600)} giờ`;
  const two = (value) => String(value).padStart(2, "0");
  const [hours, minutes, seconds] = [Math.floor(total / 3600), Math.floor(total / 60) % 60, total % 60];
  return (hours ? `${hours}:` : "") + `${two(minutes)}:${two(seconds)}`;
}

function tick() {
  clock.textContent = stationTime.format(serverNow());
  for (const item of live.querySelectorAll("[data-ends]")) {
    item.textContent = asLength(Date.parse(item.dataset.ends) - serverNow());
  }
  for (const item of live.querySelectorAll("[data-started]")) {
    item.value = Math.min(item.max, (serverNow() - Date.parse(item.dataset.started)) / 1000);
  }
}

// A part without what moves by itself: only a part that really changed is replaced, so that a selection stays.
function withoutMoving(part) {
  const copy = part.cloneNode(true);
  copy.removeAttribute("data-now");
  for (const item of copy.querySelectorAll("[data-ends]")) item.textContent = "";
  for (const item of copy.querySelectorAll("[data-started]")) item.removeAttribute("value");
  return copy.outerHTML;
}

function show(text) {
  const found = new DOMParser().parseFromString(text, "text/html");
  const parts = [...found.body.children];
  if (!found.querySelector("#facts[data-now]")) throw new Error("not our page");
  ahead = Date.parse(found.querySelector("#facts").dataset.now) - Date.now();
  const now = new Map(parts.map((part) => [part.id, withoutMoving(part)]));
  for (const old of [...live.children]) if (!now.has(old.id)) old.remove();
  for (const [place, part] of parts.entries()) {
    const old = document.getElementById(part.id);
    if (!old) live.insertBefore(document.adoptNode(part), live.children[place] ?? null);
    else if (previous.get(part.id) !== now.get(part.id)) old.replaceWith(document.adoptNode(part));
  }
  previous = now;
}

function say(inContact) {
  if (inContact) lastContact = serverNow();
  else if (lost.hidden) lost.querySelector("[data-lost-since]").textContent = stationTime.format(lastContact);
  lost.hidden = inContact;
  live.classList.toggle("stale", !inContact);
}

async function refresh() {
  try {
    const answer = await fetch(live.dataset.live, { cache: "no-store", signal: AbortSignal.timeout(PATIENCE_MS) });
    if (!answer.ok) throw new Error(String(answer.status));
    show(await answer.text());
    say(true);
  } catch {
    say(false);
  }
}

async function keepGoing() {
  if (!document.hidden) await refresh();
  tick();
  setTimeout(keepGoing, Number(live.dataset.every));
}

ahead = Date.parse(document.getElementById("facts").dataset.now) - Date.now();
lastContact = serverNow();
previous = new Map([...live.children].map((part) => [part.id, withoutMoving(part)]));
document.addEventListener("visibilitychange", () => document.hidden || refresh().then(tick));
setInterval(tick, 1000);
tick();
setTimeout(keepGoing, Number(live.dataset.every));
