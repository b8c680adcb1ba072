/* Tells Python whether the part of the page around it is on the screen, and how high it is if it is
   not: what nobody sees need not be drawn at every gesture. Runs again at every rerun: all state lies
   on the root. */
const TITLE = "0px 0px -40px 0px"; // a part begins with its title, which is always there
const LEAVES_MS = 800; // whoever merely scrolls past takes nothing away
const APART_MS = 40; // of what several tell at once, Streamlit runs one part only ...
const AGAIN_MS = 1500; // ... so what was not taken up is told again,
const TRIES = 20; // but not to a part of the page that is gone

export default function ({ parentElement, data, setStateValue }) {
  const root = parentElement.host ?? parentElement;
  const part = root.closest("[class*='st-key-part-'], [class*='st-key-chart-']");
  let seen = true;
  const close = () => {
    clearTimeout(root.telling);
    root.eye?.disconnect();
  };
  const tell = () => {
    const wait = (window.scarToldAt ?? 0) + APART_MS - performance.now();
    if (wait <= 0) {
      if (++root.tries > TRIES) return;
      window.scarToldAt = performance.now();
      setStateValue("away", seen ? 0 : Math.max(1, Math.round(part.offsetHeight)));
    }
    root.telling = setTimeout(tell, wait > 0 ? wait : AGAIN_MS);
  };
  const look = (entries) => {
    seen = entries.at(-1).isIntersecting;
    clearTimeout(root.telling);
    root.tries = 0;
    if (seen === !data.away) return;
    root.telling = setTimeout(tell, seen ? 0 : LEAVES_MS);
  };
  close();
  root.eye = new IntersectionObserver(look, { rootMargin: TITLE });
  root.eye.observe(part);
  return close;
}
