// Keys of the review page: space plays or pauses, A approves after a question, R goes to the reason for returning.
// They are silent while somebody types, on buttons and links, and when the person switched them off.
const OWN_KEYS = "input, textarea, select, button, a, summary, audio, dialog, [contenteditable], [role=slider]";
const approve = document.querySelector("form[data-approve]");
const back = document.querySelector("form[data-return]");
const play = document.querySelector("[data-wave-play]");
const keysSwitch = document.querySelector("[data-keys-switch]");

if (keysSwitch) {
  for (const hint of document.querySelectorAll("[data-key-hint]")) hint.hidden = false;
  keysSwitch.checked = localStorage.getItem("keys") !== "off";
  keysSwitch.addEventListener("change", () => localStorage.setItem("keys", keysSwitch.checked ? "on" : "off"));
  document.addEventListener("keydown", press);
}

function press(event) {
  if (!keysSwitch.checked || event.defaultPrevented || event.isComposing || event.repeat) return;
  if (event.ctrlKey || event.altKey || event.metaKey || event.target.closest(OWN_KEYS)) return;
  const act = { " ": () => play?.click(), a: askToApprove, r: askToReturn }[event.key.toLowerCase()];
  if (!act) return;
  event.preventDefault();
  act();
}

function askToApprove() {
  const button = approve?.querySelector("button[type=submit]");
  if (!button) return;
  // A key is pressed by accident more easily than a button: only then is there a question (asked by app.js).
  button.dataset.confirm = approve.dataset.question;
  approve.requestSubmit(button);
  delete button.dataset.confirm;
}

function askToReturn() {
  if (!back) return;
  const reason = back.querySelector("textarea");
  if (reason.value.trim()) back.querySelector("button[type=submit]").focus();
  else reason.focus();
}

const print = document.querySelector("[data-print]");
if (print) {
  print.hidden = false;
  print.addEventListener("click", () => window.print());
}
