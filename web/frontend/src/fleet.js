// Pages of boxes in villages: when the server says that something changed, what moves on the page is asked for again.
// What has no script is a plain page: it shows the same after a reload.
const page = document.querySelector("[data-fleet]");
const APART_MS = 2000;

let isAsking = false;
let isWanted = false;
let nextAt = 0;

async function renew() {
  isAsking = true;
  isWanted = false;
  nextAt = performance.now() + APART_MS;
  try {
    const answer = await fetch(page.dataset.fleet, { cache: "no-store" });
    if (answer.ok) show(await answer.text());
  } catch {
    // the bar above the page says that contact is lost
  }
  isAsking = false;
}

// A part in which somebody is (a link has the focus, a piece of it is selected) stays until they have left it.
function show(html) {
  const found = new DOMParser().parseFromString(html, "text/html");
  for (const part of found.querySelectorAll("body > [id]")) {
    const old = document.getElementById(part.id);
    if (!old || old.outerHTML === part.outerHTML || isInUse(old)) continue;
    old.replaceWith(document.adoptNode(part));
  }
}

function isInUse(part) {
  const selection = getSelection();
  return part.contains(document.activeElement) || (selection && !selection.isCollapsed && part.contains(selection.anchorNode));
}

document.addEventListener("loaban:fleet", () => { isWanted = true; });
setInterval(() => {
  if (isWanted && !isAsking && !document.hidden && performance.now() >= nextAt) renew();
}, 250);
