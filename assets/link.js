/* Copies this page's link, and keeps the links to other pages up to date: whoever opens one in a new
   tab, or copies it, takes along what a plain click finds in the session. Record and scenario are
   read off the address when a link is touched, so that no gesture is too late for them; method and
   view come with the data. Runs again at every rerun, so all state lies on the root. */
const LINKS = "[data-testid=stPageLink-NavLink]";

export default function (component) {
  const { parentElement: root, data } = component;
  const button = root.querySelector("button");
  const field = root.querySelector("input");
  const said = root.querySelector("[role=status]");
  button.onclick = async () => {
    field.hidden = false;
    field.value = window.location.href;
    field.focus();
    field.select();
    let done = false;
    try {
      await navigator.clipboard.writeText(field.value);
      done = true;
    } catch {
      done = document.execCommand("copy");
    }
    said.textContent = [done ? data.copied : data.by_hand, data.note].filter(Boolean).join(" ");
  };
  field.onkeydown = (event) => {
    if (event.key !== "Escape") return;
    field.hidden = true;
    said.textContent = "";
    button.focus();
  };
  const sections = root.querySelector("details");
  sections.hidden = !data.sections;
  listSections(sections);
  root.scarLinks?.abort();
  const listening = new AbortController();
  root.scarLinks = listening;
  const listen = (name, act) => document.addEventListener(name, act, { capture: true, signal: listening.signal });
  listen("pointerdown", (event) => {
    if (!event.composedPath().includes(sections)) sections.open = false;
  });
  const touched = (event) => event.target.closest?.(LINKS);
  for (const name of ["pointerover", "pointerdown", "focusin"]) {
    listen(name, (event) => touched(event) && complete(touched(event), data));
  }
  listen("click", (event) => {
    // The page would take the click for a plain one and open the link here.
    if (touched(event) && (event.ctrlKey || event.metaKey || event.shiftKey)) event.stopPropagation();
  });
  return () => listening.abort();
}

/* A link that names record or scenario says all about both; any other one takes the address's. */
function complete(link, data) {
  if (link.getAttribute("href") !== link.dataset.complete) link.dataset.own = link.href;
  const there = new URL(link.dataset.own);
  const here = new URL(window.location.href).searchParams;
  const own = (key) => there.searchParams.has(key);
  const asks = data.scene.some(own);
  const carried = asks ? [] : data.scene.filter((key) => here.has(key)).map((key) => [key, here.get(key)]);
  for (const [key, value] of [...carried, ...Object.entries(data.travels)]) {
    if (!own(key)) there.searchParams.set(key, value);
  }
  link.dataset.complete = there.href;
  link.href = there.href;
}
