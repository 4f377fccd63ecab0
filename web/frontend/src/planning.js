// The week as a calendar where there is room for one: shows what the table shows, and lets one date be dragged elsewhere.
import { Calendar } from "fullcalendar";
import timeGrid from "fullcalendar/timegrid";
import interaction from "fullcalendar/interaction";
import classic from "fullcalendar/themes/classic";
import vi from "fullcalendar/locales/vi";
import en from "fullcalendar/locales/en-gb";

const ROOM = window.matchMedia("(min-width: 900px)");
const place = document.getElementById("calendar");
const table = document.querySelector(".plan-table");
const hint = document.querySelector(".plan-hint");
const token = document.querySelector('meta[name="csrf-token"]')?.content ?? "";

if (place && ROOM.matches) show(place.dataset).catch(() => say(place.dataset.failed, "warn"));

async function show(told) {
  const events = await read(told);
  const hours = hoursOf(events);
  const ahead = Date.parse(told.now) - Date.now(); // the server's clock counts, not this computer's
  place.hidden = false;
  const calendar = new Calendar(place, {
    plugins: [timeGrid, interaction, classic],
    locales: [vi, en],
    locale: told.language === "en" ? "en-gb" : "vi",
    timeZone: told.zone,
    initialView: "timeGridWeek",
    initialDate: told.first,
    firstDay: 1,
    headerToolbar: false,
    allDaySlot: false,
    height: "auto",
    slotDuration: "00:30",
    snapDuration: "00:05",
    slotMinTime: hours.first,
    slotMaxTime: hours.last,
    slotHeaderFormat: { hour: "2-digit", minute: "2-digit", hour12: false },
    eventTimeFormat: { hour: "2-digit", minute: "2-digit", hour12: false },
    dayHeaderFormat: { weekday: "long", day: "2-digit", month: "2-digit" },
    dayHeaderDidMount: (info) => {
      // the name of the day is read as it is seen, not as a date beside a hidden text
      info.el.removeAttribute("aria-label");
      info.el.querySelector("[aria-hidden]")?.removeAttribute("aria-hidden");
    },
    timedText: told.hours,
    nowIndicator: true,
    now: () => new Date(Date.now() + ahead).toISOString(),
    eventMinHeight: 58,
    slotEventOverlap: false,
    editable: false,
    eventStartEditable: told.mayDrag === "yes",
    eventDurationEditable: false,
    events,
    eventClass: (info) => `plan-event ${info.event.extendedProps.state}`,
    eventContent: (info) => ({ domNodes: [textOf(info.event, info.timeText)] }),
    eventDidMount: (info) => {
      info.el.title = sentencesOf(info.event);
    },
    eventDrop: (info) => drop(info, told),
  });
  calendar.render();
  for (const head of place.querySelectorAll('[role="rowheader"]:empty')) {
    head.removeAttribute("aria-label");
    head.append(line("span", told.hours, "unseen"));
  }
  table.hidden = true;
  hint.hidden = told.mayDrag !== "yes";
}

async function read(told) {
  const answer = await fetch(`${told.events}?first=${told.first}&last=${told.last}`, { headers: { Accept: "application/json" } });
  if (!answer.ok) throw new Error(String(answer.status));
  return answer.json();
}

// The hours that hold all broadcasts, with one more on each side; the wall time stands in the text itself.
function hoursOf(events) {
  const starts = events.map((event) => Number(event.start.slice(11, 13)));
  const first = Math.max(0, Math.min(6, ...starts) - 1);
  const last = Math.min(24, Math.max(18, ...starts) + 2);
  const told = (hour) => `${String(hour).padStart(2, "0")}:00:00`;
  return { first: told(first), last: told(last) };
}

function textOf(event, time) {
  const { state, told, episode, zones, findings, moved, pinned } = event.extendedProps;
  const named = episode && !["expected", "empty"].includes(state) ? `${place.dataset.number} ${episode}` : "";
  const marks = `${moved ? " ↷" : ""}${pinned ? " ★" : ""}`;
  const box = document.createElement("span");
  box.className = "plan-event-text";
  box.append(line("strong", `${time.slice(0, 5)} ${event.title}`));
  box.append(line("span", [named, zones].filter(Boolean).join(" · ") + marks));
  const last = line("span", told, "plan-event-state");
  if (findings.length) last.prepend(line("span", `⚠ ${findings.length} `, "plan-event-found"));
  box.append(last);
  return box;
}

function line(kind, text, className = "") {
  const made = document.createElement(kind);
  made.textContent = text;
  if (className) made.className = className;
  return made;
}

function sentencesOf(event) {
  const { told, episode, episodeTitle, findings } = event.extendedProps;
  return [event.title, `${episode} ${episodeTitle}`.trim(), told, ...findings].filter(Boolean).join("\n");
}

async function drop(info, told) {
  const to = info.event.startStr.slice(0, 16);
  const { slot, on } = info.event.extendedProps;
  const answer = await fetch(told.drag, {
    method: "POST",
    headers: { Accept: "application/json", "X-CSRFToken": token },
    body: new URLSearchParams({ slot, on, to }),
  }).catch(() => null);
  if (answer?.ok) {
    location.reload();
    return;
  }
  info.revert();
  const said = await answer?.json().catch(() => null);
  say(said?.told ?? document.body.dataset.unreachable);
}

function say(sentence, kind = "bad") {
  const flash = line("p", sentence, `banner ${kind}`);
  flash.setAttribute("role", "alert");
  document.getElementById("flashes").append(flash);
  flash.scrollIntoView({ block: "nearest" });
}
