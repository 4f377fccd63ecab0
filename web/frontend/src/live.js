// Keeps a page alive: listens to the server's events (asks every few seconds where it cannot), counts down, and says
// when contact is lost. Parts of the page are replaced by their id, and only when something in them really changed.
const bar = document.querySelector("[data-live]");
const all = document.querySelector("[data-parts]") ? "?parts=all" : "";
const heard = document.querySelector("[data-fleet]") ? "?fleet=1" : all; // what the stream tells beside the bar
const lost = bar.querySelector("[data-lost]");
const ended = bar.querySelector("[data-ended]");
const ASK_EVERY_MS = 3000;
const PATIENCE_MS = 8000;
const SILENCE_MS = 15000; // the server says the time at least every ten seconds
const AGAIN_MS = 3000;
const FULL_AGAIN_MS = 30000;

let source = null;
let isOpen = false;
let isAsking = false;
let connectAt = 0;
let askAt = 0;
let heardAt = performance.now();
let ahead = 0; // how much the server's clock is ahead of the browser's, in ms
let lastContact = 0;
const known = new Map();

const stationTime = new Intl.DateTimeFormat("en-GB", {
  timeZone: bar.dataset.zone, hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23",
});

function serverNow() {
  return Date.now() + ahead;
}

function asLength(ms) {
  const total = Math.max(0, Math.ceil(ms / 1000));
  const { days, hours: hour } = bar.dataset;
  if (total >= 86400) return `${Math.floor(total / 86400)} ${days} ${Math.floor((total % 86400) / 3600)} ${hour}`;
  const two = (value) => String(value).padStart(2, "0");
  const [hours, minutes, seconds] = [Math.floor(total / 3600), Math.floor(total / 60) % 60, total % 60];
  return (hours ? `${hours}:` : "") + `${two(minutes)}:${two(seconds)}`;
}

function count() {
  for (const clock of document.querySelectorAll("[data-clock]")) clock.textContent = stationTime.format(serverNow());
  for (const item of document.querySelectorAll("[data-ends]")) {
    item.textContent = asLength(Date.parse(item.dataset.ends) - serverNow());
  }
  for (const item of document.querySelectorAll("progress[data-started]")) {
    item.value = Math.max(0, Math.min(item.max, (serverNow() - Date.parse(item.dataset.started)) / 1000));
  }
}

// A part without what moves by itself: what did not change otherwise is left alone, so that a selection stays.
function withoutMoving(part) {
  const copy = part.cloneNode(true);
  copy.removeAttribute("data-at");
  for (const item of copy.querySelectorAll("[data-ends], [data-clock]")) item.textContent = "";
  for (const item of copy.querySelectorAll("[data-clock]")) item.removeAttribute("datetime");
  for (const item of copy.querySelectorAll("[data-started]")) item.removeAttribute("value");
  return copy.outerHTML;
}

function show(html) {
  const found = new DOMParser().parseFromString(html, "text/html");
  for (const part of found.querySelectorAll("#bar, [data-at] > [id], body > [id]")) {
    const old = document.getElementById(part.id);
    const told = withoutMoving(part);
    if (!old || (known.get(part.id) ?? withoutMoving(old)) === told) continue;
    known.set(part.id, told);
    old.replaceWith(document.adoptNode(part));
  }
  count();
  return found;
}

function setClock(at) {
  const told = Date.parse(at);
  if (!Number.isNaN(told)) ahead = told - Date.now();
}

function inContact() {
  heardAt = performance.now();
  lastContact = serverNow();
  lost.hidden = true;
  document.body.classList.remove("out-of-contact");
}

function outOfContact() {
  if (lost.hidden) lost.querySelector("[data-lost-since]").textContent = stationTime.format(lastContact);
  lost.hidden = false;
  document.body.classList.add("out-of-contact");
}

// Pages of boxes in villages ask for what moves on them by themselves: see fleet.js.
function tellFleet() {
  document.dispatchEvent(new CustomEvent("loaban:fleet"));
}

function signedOut() {
  hangUp();
  connectAt = askAt = Infinity;
  lost.hidden = true;
  ended.hidden = false;
  document.body.classList.add("out-of-contact");
}

function hangUp() {
  source?.close();
  source = null;
  isOpen = false;
}

function listen() {
  source = new EventSource(bar.dataset.live + heard);
  heardAt = performance.now();
  source.addEventListener("part", (event) => {
    isOpen = true;
    show(event.data);
    inContact();
  });
  source.addEventListener("time", (event) => {
    isOpen = true;
    setClock(event.data);
    inContact();
    count();
  });
  source.addEventListener("fleet", tellFleet);
  source.addEventListener("ended", signedOut);
  source.onerror = () => {
    const isRefused = source.readyState === EventSource.CLOSED; // no place left, or no longer signed in
    hangUp();
    connectAt = performance.now() + (isRefused ? FULL_AGAIN_MS : AGAIN_MS);
    askAt = 0;
    turn();
  };
}

async function ask() {
  isAsking = true;
  try {
    const answer = await fetch(bar.dataset.now + all, { cache: "no-store", signal: AbortSignal.timeout(PATIENCE_MS) });
    if (answer.status === 401) return signedOut();
    if (!answer.ok) throw new Error(String(answer.status));
    const html = await answer.text();
    if (isOpen) return undefined; // an event came meanwhile, and it is newer
    setClock(show(html).querySelector("[data-at]").dataset.at);
    inContact();
    tellFleet();
    if (connectAt > performance.now() + AGAIN_MS) connectAt = Math.min(connectAt, performance.now() + FULL_AGAIN_MS);
  } catch {
    outOfContact();
  } finally {
    isAsking = false;
    askAt = performance.now() + ASK_EVERY_MS;
  }
  return undefined;
}

function turn() {
  count();
  if (document.hidden || !ended.hidden) return;
  const now = performance.now();
  if (source && now - heardAt > SILENCE_MS) {
    hangUp();
    connectAt = now + AGAIN_MS;
    askAt = 0;
  }
  if (!source && now >= connectAt) listen();
  else if (!isOpen && !source && !isAsking && now >= askAt) ask();
}

// A browser opens at most six connections to a server: a tab that nobody sees holds none.
document.addEventListener("visibilitychange", () => {
  if (document.hidden) hangUp();
  else if (ended.hidden) {
    connectAt = 0;
    turn();
  }
});
window.addEventListener("pagehide", hangUp);

setClock(document.getElementById("bar").dataset.at);
lastContact = serverNow();
setInterval(turn, 1000);
turn();
