/* Tells Python whether the chart around it is on the screen: what is not need not be drawn at every
   gesture. Its title comes first, so it is drawn just before the reader looks for it. Runs again at
   every rerun, so all state lies on the root. */
const LEAVES_MS = 800; // whoever merely scrolls past takes nothing away
const APART_MS = 40; // of what several tell at once, Streamlit would run the first one's part only

export default function ({ parentElement, data, setStateValue }) {
  const root = parentElement.host ?? parentElement;
  const close = () => {
    clearTimeout(root.telling);
    root.eye?.disconnect();
  };
  const look = (seen) => {
    const away = !seen.at(-1).isIntersecting;
    clearTimeout(root.telling);
    if (away === data.away) return;
    const tell = () => {
      const wait = (window.scarToldAt ?? 0) + APART_MS - performance.now();
      if (wait > 0) root.telling = setTimeout(tell, wait);
      else {
        window.scarToldAt = performance.now();
        setStateValue("away", away);
      }
    };
    root.telling = setTimeout(tell, away ? LEAVES_MS : 0);
  };
  close();
  root.eye = new IntersectionObserver(look);
  root.eye.observe(root.closest("[class*='st-key-chart']"));
  return close;
}
