// What every page has: htmx with the form token, questions before what cannot be undone, the switch of colours.
import "htmx.org";

const words = document.body.dataset;
const token = document.querySelector('meta[name="csrf-token"]')?.content ?? "";

// --- htmx: our token with every request that changes something; an error page is told, never put into a part of a page
document.addEventListener("htmx:config:request", (event) => {
  const { request } = event.detail.ctx;
  if (!["GET", "HEAD"].includes(request.method.toUpperCase())) request.headers["X-CSRFToken"] = token;
});

document.addEventListener("htmx:before:response", (event) => {
  const { status, raw } = event.detail.ctx.response;
  const isForm = status === 422 || status < 400;
  if (isForm) return;
  event.preventDefault();
  if (status === 401) location.reload(); // the session ended: the page leads to the sign-in
  else raw.text().then((text) => say(sentenceOf(text) || words.failed));
});

document.addEventListener("htmx:error", (event) => {
  if (event.detail?.ctx && !event.detail.ctx.response) say(words.unreachable);
});

function sentenceOf(text) {
  const page = new DOMParser().parseFromString(text, "text/html");
  return page.querySelector(".message h1 + p")?.textContent.trim();
}

function say(sentence, kind = "bad") {
  const line = document.createElement("p");
  line.className = `banner ${kind}`;
  line.setAttribute("role", "alert");
  line.textContent = sentence;
  document.getElementById("flashes").append(line);
  line.scrollIntoView({ block: "nearest" });
}

// --- a question before a form with data-confirm is sent (without a script it is sent at once, and can be undone)
document.addEventListener("submit", (event) => {
  const form = event.target;
  const question = event.submitter?.dataset.confirm ?? form.dataset.confirm;
  if (!question || form.dataset.confirmed) {
    delete form.dataset.confirmed;
    return;
  }
  event.preventDefault();
  event.stopImmediatePropagation();
  ask(question, event.submitter).then((yes) => {
    if (!yes) return;
    form.dataset.confirmed = "yes";
    form.requestSubmit(event.submitter);
  });
}, true);

function ask(question, asker) {
  const dialog = document.createElement("dialog");
  const text = document.createElement("p");
  text.textContent = question;
  text.id = "question";
  dialog.setAttribute("aria-labelledby", text.id);
  const buttons = document.createElement("div");
  buttons.className = "actions";
  for (const [value, label, look] of [["no", words.no, "button secondary"], ["yes", asker?.dataset.yes ?? words.yes, "button danger"]]) {
    const button = document.createElement("button");
    button.value = value;
    button.className = look;
    button.textContent = label;
    buttons.append(button);
  }
  const form = document.createElement("form");
  form.method = "dialog";
  form.append(text, buttons);
  dialog.append(form);
  document.body.append(dialog);
  dialog.showModal();
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => {
      dialog.remove();
      resolve(dialog.returnValue === "yes");
    });
  });
}

// --- the same form is not sent twice by a second click
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (event.defaultPrevented || form.method !== "post" || form.target) return;
  setTimeout(() => form.querySelectorAll("button:not([type=button])").forEach((button) => { button.disabled = true; }));
});
addEventListener("pageshow", (event) => {
  if (event.persisted) document.querySelectorAll("form button:disabled").forEach((button) => { button.disabled = false; });
});

// --- light and dark
const root = document.documentElement;
const systemIsDark = matchMedia("(prefers-color-scheme: dark)");
for (const button of document.querySelectorAll("[data-colours-switch]")) {
  button.hidden = false;
  button.addEventListener("click", () => {
    const isDark = root.dataset.colours ? root.dataset.colours === "dark" : systemIsDark.matches;
    const wanted = isDark ? "light" : "dark";
    if ((wanted === "dark") === systemIsDark.matches) {
      localStorage.removeItem("colours");
      delete root.dataset.colours;
    } else {
      localStorage.setItem("colours", wanted);
      root.dataset.colours = wanted;
    }
  });
}

// --- a browser that writes days and hours otherwise than the station says beside the field what is meant
const sample = new Intl.DateTimeFormat(undefined, { day: "numeric", month: "numeric", hour: "numeric" });
const order = sample.formatToParts(0).map((part) => part.type);
const writesDays = order.indexOf("day") < order.indexOf("month");
const writesHours = !order.includes("dayPeriod");

function write(field) {
  let note = field.nextElementSibling;
  if (!note?.matches(".written")) {
    note = document.createElement("span");
    note.className = "written";
    note.setAttribute("aria-hidden", "true"); // a screen reader speaks the field in its own way
    field.after(note);
  }
  const [year, month, day] = field.value.split("-");
  note.textContent = field.type === "time" ? field.value : field.value && `${day}/${month}/${year}`;
}

function writeFields() {
  if (!writesDays) document.querySelectorAll("input[type=date]").forEach(write);
  if (!writesHours) document.querySelectorAll("input[type=time]").forEach(write);
}
if (!writesDays || !writesHours) {
  writeFields();
  document.addEventListener("input", writeFields);
  document.addEventListener("htmx:after:swap", writeFields);
}

// --- filters that are chosen, not typed, take effect at once; the fold of pages closes when one leaves it
document.addEventListener("change", (event) => {
  if (event.target.matches("form[data-at-once] :is(select, input[type=checkbox], input[type=radio])")) event.target.form.requestSubmit();
});
// --- one box that ticks all boxes of a form that bear a name; without a script it is not there
for (const all of document.querySelectorAll("[data-tick-all]")) {
  const boxes = [...all.form.querySelectorAll(`input[type=checkbox][name="${all.dataset.tickAll}"]`)];
  const show = () => {
    const ticked = boxes.filter((box) => box.checked).length;
    all.checked = ticked === boxes.length;
    all.indeterminate = ticked > 0 && ticked < boxes.length;
  };
  all.hidden = false;
  all.addEventListener("change", () => boxes.forEach((box) => { box.checked = all.checked; }));
  all.form.addEventListener("change", show);
  show();
}
document.addEventListener("keydown", (event) => {
  const fold = document.querySelector(".fold[open]");
  if (event.key === "Escape" && fold) {
    fold.open = false;
    fold.querySelector("summary").focus();
  }
});
document.addEventListener("click", (event) => {
  const fold = document.querySelector(".fold[open]");
  if (fold && !fold.contains(event.target)) fold.open = false;
});
