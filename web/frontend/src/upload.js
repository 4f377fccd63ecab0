// Sends files in parts (tus) and goes on by itself after the server was away or the page was loaded again. Files under
// way are kept in the browser's own database, so that nobody has to choose them a second time.
import { Upload } from "tus-js-client";
import { forget, keep, listKept } from "./upload/kept.js";

const form = document.querySelector("[data-uploads]");
const words = form.dataset;
const token = document.querySelector('meta[name="csrf-token"]').content;
const list = document.querySelector("[data-sending-list]");
const template = document.querySelector("[data-sending-row]");
const input = form.querySelector('input[type="file"]');
const AT_ONCE = 2;
const AGAIN_MS = 3000;
const AGAIN_WHEN_FULL_MS = 15000;
const number = new Intl.NumberFormat(document.documentElement.lang, { maximumFractionDigits: 1 });
const jobs = [];

const ofServer = (url) => url.split("/").pop();
const inMegabytes = (bytes) => `${number.format(bytes / 1e6)} MB`;

class Job {
  constructor(file, kept = null) {
    this.file = file;
    this.url = kept?.url ?? null;
    this.state = "waiting"; // waiting, sending, paused, lost, done, failed
    this.sent = 0;
    this.row = template.content.firstElementChild.cloneNode(true);
    for (const item of this.row.querySelectorAll("[data-name]")) item.textContent = item.matches(".unseen") ? ` ${file.name}` : file.name;
    this.row.querySelector("progress").setAttribute("aria-label", file.name);
    this.row.querySelector("[data-pause]").addEventListener("click", () => this.pause());
    this.row.querySelector("[data-resume]").addEventListener("click", () => this.resume());
    this.row.querySelector("[data-cancel]").addEventListener("click", () => void this.cancel());
    list.append(this.row);
    list.hidden = false;
    if (this.url) document.querySelector(`[data-unfinished="${ofServer(this.url)}"]`)?.remove();
    this.tell();
  }

  begin() {
    this.state = "sending";
    this.tell();
    this.upload = new Upload(this.file, {
      endpoint: words.endpoint,
      uploadUrl: this.url,
      chunkSize: Number(words.part),
      retryDelays: [0, 500, 1000, 2000, 3000, 5000],
      storeFingerprintForResuming: false,
      headers: { "X-CSRFToken": token },
      metadata: { filename: this.file.name },
      onUploadUrlAvailable: () => void this.keep(),
      onProgress: (sent) => this.progress(sent),
      onSuccess: () => void this.succeed(),
      onError: (error) => this.fail(error),
      onShouldRetry: (error) => this.tellTrouble(error),
    });
    this.upload.start();
  }

  async keep() {
    if (this.url === this.upload.url) return;
    if (this.url) await forget(this.url); // the server no longer had it: this is a new one
    this.url = this.upload.url;
    await keep({ url: this.url, owner: words.owner, file: this.file });
  }

  progress(sent) {
    this.sent = sent;
    this.state = "sending";
    this.tell();
  }

  pause() {
    clearTimeout(this.timer);
    void this.upload?.abort();
    this.state = "paused";
    this.tell();
    startNext();
  }

  resume() {
    this.state = "waiting";
    this.tell();
    startNext();
  }

  async cancel() {
    clearTimeout(this.timer);
    this.state = "failed";
    const { upload, url } = this;
    try { await upload?.abort(); } catch { /* it had not begun */ }
    if (url) {
      await forget(url);
      try { await fetch(url, { method: "DELETE", headers: { "X-CSRFToken": token, "Tus-Resumable": "1.0.0" } }); } catch { /* the server sweeps */ }
    }
    this.leave();
    startNext();
  }

  leave() {
    jobs.splice(jobs.indexOf(this), 1);
    this.row.remove();
    list.hidden = !list.children.length;
  }

  // The server being away is no failure: wait for it as long as it takes. What it refuses is told.
  tellTrouble(error) {
    const status = error.originalResponse?.getStatus() ?? 0;
    const passes = status === 0 || status >= 500 || [409, 423, 429].includes(status);
    if (passes && status !== 409 && status !== 423) {
      this.state = "lost";
      this.tell();
    }
    return passes && status !== 429 && !this.isUnreadable(error);
  }

  isUnreadable(error) {
    return (error.causingError ?? error) instanceof DOMException || /read/i.test(error.causingError?.name ?? "");
  }

  fail(error) {
    if (this.state === "paused") return;
    const status = error.originalResponse?.getStatus() ?? 0;
    if (status === 401) return this.stop(words.signedOut);
    if (!error.originalRequest || (status === 0 && this.isUnreadable(error))) return this.stop(words.unreadable);
    if (status === 0 || status >= 500 || [409, 423, 429].includes(status)) {
      this.state = "lost";
      this.tell();
      this.timer = setTimeout(() => this.begin(), status === 429 ? AGAIN_WHEN_FULL_MS : AGAIN_MS);
      return undefined;
    }
    if (this.url) void forget(this.url);
    return this.stop(sentenceOf(error.originalResponse?.getBody() ?? "") || words.failed);
  }

  stop(sentence) {
    this.state = "failed";
    this.sentence = sentence;
    this.tell();
    startNext();
  }

  async succeed() {
    this.state = "done";
    this.sent = this.file.size;
    this.tell();
    await forget(this.url);
    await addWaiting(ofServer(this.url));
    this.leave();
    startNext();
  }

  tell() {
    const share = this.file.size ? Math.floor((this.sent / this.file.size) * 100) : 0;
    const isWhole = this.sent === this.file.size && this.state === "sending";
    const told = { waiting: words.waiting, sending: isWhole ? words.checking : words.sending, paused: words.paused, lost: words.lost, done: words.sent, failed: this.sentence ?? words.failed };
    const state = this.row.querySelector("[data-state]");
    if (state.textContent !== told[this.state]) state.textContent = told[this.state];
    state.classList.toggle("failed", this.state === "failed");
    this.row.dataset.sendingState = this.state;
    this.row.querySelector("progress").value = share;
    this.row.querySelector("[data-share]").textContent = `${share} %`;
    this.row.querySelector("[data-told]").textContent = inMegabytes(this.file.size);
    this.row.querySelector("[data-pause]").hidden = !["sending", "lost"].includes(this.state);
    this.row.querySelector("[data-resume]").hidden = this.state !== "paused";
  }
}

function sentenceOf(text) {
  const page = new DOMParser().parseFromString(text, "text/html");
  return page.querySelector(".message h1 + p")?.textContent.trim();
}

function startNext() {
  const busy = jobs.filter((job) => ["sending", "lost"].includes(job.state)).length;
  for (const job of jobs.filter((item) => item.state === "waiting").slice(0, Math.max(0, AT_ONCE - busy))) job.begin();
}

async function add(files) {
  const kept = await listKept(words.owner);
  for (const file of files) {
    const known = jobs.find((job) => isSame(job.file, file));
    if (known && known.state !== "failed") continue;
    if (known) known.leave();
    const before = kept.find((item) => isSame(item, file));
    const job = new Job(file, before ?? null);
    jobs.push(job);
    if (!file.size) job.stop(words.empty);
    else if (file.size > Number(words.largest)) job.stop(words.tooLarge);
  }
  startNext();
}

const isSame = (one, other) => one.name === other.name && one.size === other.size && one.lastModified === other.lastModified;

// --- rows of what has come ---------------------------------------------------------------------------------------
async function addWaiting(id) {
  const answer = await fetch(words.rowUrl.replace("00000000-0000-0000-0000-000000000000", id));
  if (!answer.ok) return location.reload();
  const rows = document.querySelector("[data-rows]");
  if (rows.querySelector(`[data-row="${id}"]`)) return undefined;
  rows.append(document.createRange().createContextualFragment(await answer.text()));
  document.querySelector("[data-waiting-form]").hidden = false;
  document.querySelector("[data-none-waiting]").hidden = true;
  return undefined;
}

document.querySelector("[data-waiting-form]").addEventListener("change", async (event) => {
  const row = event.target.closest("[data-row]");
  if (!row || event.target.matches("[name=chosen]") || event.target.name.endsWith("-title")) return;
  row.querySelector("[name=chosen]").checked = true;
  const typed = new URLSearchParams([...row.querySelectorAll("input[name], select[name]")].filter((item) => item.name !== "chosen").map((item) => [item.name, item.value]));
  const answer = await fetch(`${row.dataset.episodeUrl}?${typed}`);
  if (!answer.ok) return;
  const place = row.querySelector("[data-episode]");
  const html = await answer.text();
  if (place.innerHTML.trim() !== html.trim()) place.innerHTML = html;
});

// --- choosing and dropping ---------------------------------------------------------------------------------------
form.querySelector("[data-plain]").hidden = true;
form.querySelector("[data-drop-hint]").hidden = false;
form.querySelector("[data-choose]").classList.add("button"); // the browser's own button speaks the browser's language
input.classList.add("unseen");
form.addEventListener("submit", (event) => event.preventDefault());
input.addEventListener("change", () => {
  void add([...input.files]);
  input.value = "";
});
let depth = 0;
const hasFiles = (event) => event.dataTransfer?.types.includes("Files");
document.addEventListener("dragenter", (event) => { if (hasFiles(event)) { depth += 1; form.classList.add("over"); } });
document.addEventListener("dragleave", (event) => { if (hasFiles(event) && (depth -= 1) <= 0) form.classList.remove("over"); });
document.addEventListener("dragover", (event) => { if (hasFiles(event)) event.preventDefault(); });
document.addEventListener("drop", (event) => {
  if (!hasFiles(event)) return;
  event.preventDefault();
  depth = 0;
  form.classList.remove("over");
  void add([...event.dataTransfer.files]);
});

// --- what was under way when the page was left ---------------------------------------------------------------------
for (const item of await listKept(words.owner)) {
  const help = document.querySelector(`[data-unfinished="${ofServer(item.url)}"] .help`);
  if (item.file) jobs.push(new Job(item.file, item));
  else if (help) help.textContent = words.chooseAgain;
}
startNext();
