/* Tells Python whether the part of the page around it is on the screen, and how high it is if it is
   not: what nobody sees need not be drawn at every gesture. Runs again at every rerun: all state lies
   on the root.

   Streamlit collects what is told until the browser's next turn and then runs one part of the page
   for all of it: a press that fell together with this would change its own control and nothing else.
   So this waits while a press is on its way, and what it tells leaves at once. */
const TITLE = "0px 0px -40px 0px"; // a part begins with its title, which is always there
const LEAVES_MS = 800; // whoever merely scrolls past takes nothing away,
const COMES_MS = 50; // but what came where nobody looks is not waited for
const AGAIN_MS = 1500; // what was not taken up is told again,
const TRIES = 20; // but not to a part of the page that is gone
const LONGEST_MS = 20000; // whoever prints does not wait for ever
const DRAWN_MS = 800; // a chart that came is drawn a moment later
const PRESSES = ["click", "pointerup", "keydown", "keyup", "input", "change", "drop"];

window.scarPresses ??= watchForPresses();
window.scarPrints ??= watchForPrinting();

export default function ({ parentElement, data, setStateValue }) {
  const root = parentElement.host ?? parentElement;
  const part = root.closest("[class*='st-key-part-'], [class*='st-key-chart-']");
  const close = () => {
    clearTimeout(root.telling);
    root.eye?.disconnect();
    removeEventListener("scar-look-again", again);
  };
  const tell = () => {
    const free = window.scarPresses.coming === 0;
    if (free && ++root.tries > TRIES) return;
    if (free) atOnce(() => setStateValue("away", root.seen ? 0 : Math.max(1, Math.round(part.offsetHeight))));
    root.telling = setTimeout(tell, free ? AGAIN_MS : 0);
  };
  const look = (entries) => {
    const seen = window.scarShowsAll || entries.at(-1).isIntersecting;
    clearTimeout(root.telling);
    root.tries = 0;
    // Counted from when it was left: a gesture, which draws it anew, is no reason to wait longer.
    if (!seen && root.seen !== false) root.leaves = performance.now() + (root.seen ? LEAVES_MS : COMES_MS);
    root.seen = seen;
    if (seen === !data.away) return;
    root.telling = setTimeout(tell, seen ? 0 : Math.max(0, root.leaves - performance.now()));
  };
  function again() {
    root.eye.unobserve(part);
    root.eye.observe(part);
  }
  root.close?.();
  root.close = close;
  root.eye = new IntersectionObserver(look, { rootMargin: TITLE });
  root.eye.observe(part);
  addEventListener("scar-look-again", again);
  return close;
}

/* Counts presses that Streamlit may not have sent yet: it does so one turn after it hears of them. */
function watchForPresses() {
  const presses = { coming: 0 };
  const gone = () => { presses.coming -= 1; };
  const note = () => {
    presses.coming += 1;
    setTimeout(() => setTimeout(gone, 0), 0);
  };
  PRESSES.forEach((name) => addEventListener(name, note, true));
  return presses;
}

/* Sends what `tell` tells before anything else can happen: what Streamlit puts off to the next turn
   while it runs is done now. */
function atOnce(tell) {
  const later = window.setTimeout;
  window.setTimeout = (act, ms, ...rest) => (ms === 0 ? void act(...rest) : later(act, ms, ...rest));
  try {
    tell();
  } finally {
    window.setTimeout = later;
  }
}

/* Paper shows all, so all that is off the screen is drawn first. Only the keys can be made to wait:
   what the browser's own menu prints has words where a picture is not drawn. */
function watchForPrinting() {
  addEventListener("keydown", async (event) => {
    if (event.key.toLowerCase() !== "p" || !(event.ctrlKey || event.metaKey) || event.altKey) return;
    if (event.shiftKey || window.scarShowsAll || !document.querySelector(".awaited")) return;
    event.preventDefault();
    showAll(true);
    const began = performance.now();
    while (document.querySelector(".awaited") && performance.now() - began < LONGEST_MS) await pause(100);
    await pause(DRAWN_MS);
    window.print();
    showAll(false);
  });
  return true;
}

function showAll(wanted) {
  window.scarShowsAll = wanted;
  document.documentElement.style.cursor = wanted ? "progress" : "";
  dispatchEvent(new Event("scar-look-again"));
}

function pause(ms) {
  return new Promise((resolve) => { setTimeout(resolve, ms); });
}
