// Turns the picture of a recording into a player: click or arrow keys move, a finding plays from two seconds before.
// The peaks come from the server; the browser decodes nothing before it plays, and then by HTTP Range.
import WaveSurfer from "wavesurfer.js";
import Regions from "wavesurfer.js/dist/plugins/regions.esm.js";

const STEP_S = 5;
const LEAP_S = 30;
const NARROWEST = 0.006; // of the whole: a mark that is narrower is not seen
// Read from the element: browsers hide the attribute, so that no style sheet can spell it out.
const nonce = document.querySelector("script[data-wave-script]")?.nonce ?? "";
const players = new Set();

function colours() {
  const style = getComputedStyle(document.documentElement);
  const read = (name) => style.getPropertyValue(name).trim();
  return { waveColor: read("--wave"), progressColor: read("--wave-heard"), cursorColor: read("--wave-cursor"), place: read("--wave-place") };
}

const translucent = (colour) => `${colour}99`; // colours are #rrggbb

function asTime(seconds) {
  const whole = Math.floor(seconds);
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, "0")}`;
}

function setUp(box) {
  if (box.dataset.waveReady) return;
  box.dataset.waveReady = "yes";
  const picture = box.querySelector("[data-wave-picture]");
  const sound = box.querySelector("[data-wave-sound]");
  const seconds = Number(box.dataset.seconds);
  const peaks = box.dataset.peaks ? box.dataset.peaks.split(" ").map((peak) => Number(peak) / 100) : [0];
  const height = picture.clientHeight;
  const { place, ...look } = colours();
  picture.querySelector("svg").remove();
  sound.controls = false;
  sound.hidden = true;
  box.querySelector("[data-wave-controls]").hidden = false;

  const regions = Regions.create();
  const player = WaveSurfer.create({
    container: picture, media: sound, peaks: [peaks], duration: seconds, height, ...look,
    cursorWidth: 2, barWidth: 2, barGap: 1, barRadius: 1, cspNonce: nonce, plugins: [regions],
  });
  players.add({ player, regions, box });

  // The player itself waits for "canplay" between two seeks, which a paused sound may never say: the element knows better.
  const seek = (to) => {
    const at = Math.min(seconds, Math.max(0, to));
    if (sound.readyState === HTMLMediaElement.HAVE_NOTHING) player.setTime(at);
    else sound.currentTime = at;
  };
  const playFrom = (at) => { seek(at); void start(); };
  const start = async () => {
    for (const other of players) if (other.player !== player) other.player.pause();
    try { await player.play(); } catch (error) { if (error.name !== "AbortError") fail(); }
  };
  const toggle = () => { if (player.isPlaying()) player.pause(); else void start(); };
  const fail = () => { box.querySelector("[data-wave-failed]").hidden = false; };

  bindButtons(box, { player, seek, playFrom, toggle });
  bindKeys(picture, { player, seek, toggle, seconds });
  sound.querySelector("source:last-of-type").addEventListener("error", fail);

  player.on("decode", () => {
    for (const button of box.querySelectorAll("[data-wave-from]")) {
      const at = Number(button.dataset.at);
      const region = regions.addRegion({
        start: at, end: Math.min(seconds, Math.max(Number(button.dataset.until), at + NARROWEST * seconds)),
        color: translucent(place),
        drag: false, resize: false,
      });
      region.on("click", (event) => { event.stopPropagation(); playFrom(Number(button.dataset.waveFrom)); });
    }
  });
}

function bindButtons(box, { player, seek, playFrom, toggle }) {
  const button = box.querySelector("[data-wave-play]");
  const now = box.querySelector("[data-wave-now]");
  const tell = () => { button.textContent = player.isPlaying() ? button.dataset.pause : button.dataset.play; };
  button.addEventListener("click", toggle);
  for (const event of ["play", "pause", "finish"]) player.on(event, tell);
  player.on("timeupdate", (at) => { now.textContent = asTime(at); });
  for (const skip of box.querySelectorAll("[data-wave-skip]")) {
    skip.addEventListener("click", () => seek(player.getCurrentTime() + Number(skip.dataset.waveSkip)));
  }
  for (const from of box.querySelectorAll("[data-wave-from]")) {
    from.hidden = false;
    from.addEventListener("click", () => playFrom(Number(from.dataset.waveFrom)));
  }
}

function bindKeys(picture, { player, seek, toggle, seconds }) {
  picture.tabIndex = 0;
  picture.setAttribute("role", "slider");
  picture.setAttribute("aria-label", picture.dataset.label);
  picture.setAttribute("aria-valuemin", "0");
  picture.setAttribute("aria-valuemax", String(Math.round(seconds)));
  const tell = (at) => {
    picture.setAttribute("aria-valuenow", String(Math.round(at)));
    picture.setAttribute("aria-valuetext", `${asTime(at)} / ${asTime(seconds)}`);
  };
  tell(0);
  player.on("timeupdate", tell);
  picture.addEventListener("keydown", (event) => {
    const at = player.getCurrentTime();
    const moves = {
      ArrowLeft: at - STEP_S, ArrowDown: at - STEP_S, ArrowRight: at + STEP_S, ArrowUp: at + STEP_S,
      PageDown: at - LEAP_S, PageUp: at + LEAP_S, Home: 0, End: seconds,
    };
    if (event.altKey || event.ctrlKey || event.metaKey) return;
    if (event.key === " ") toggle();
    else if (event.key in moves) seek(moves[event.key]);
    else return;
    event.preventDefault();
  });
}

function setUpAll(root) {
  if (root.matches?.("[data-wave]")) setUp(root);
  for (const box of root.querySelectorAll?.("[data-wave]") ?? []) setUp(box);
}

// Parts of a page come and go with htmx.
new MutationObserver((changes) => {
  for (const change of changes) for (const node of change.addedNodes) if (node.nodeType === Node.ELEMENT_NODE) setUpAll(node);
  for (const item of players) {
    if (item.box.isConnected) continue;
    item.player.destroy();
    players.delete(item);
  }
}).observe(document.body, { childList: true, subtree: true });

// Light and dark: canvases do not follow the style sheet by themselves.
const repaint = () => {
  const { place, ...look } = colours();
  for (const { player, regions } of players) {
    player.setOptions(look);
    for (const region of regions.getRegions()) region.setOptions({ color: translucent(place) });
  }
};
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", repaint);
new MutationObserver(repaint).observe(document.documentElement, { attributes: true, attributeFilter: ["data-colours"] });

setUpAll(document.body);
