/* The list of a page's headings, made anew each time it is opened: pages change under their reader. */
const HEADINGS = "[data-testid=stMain] h2, [data-testid=stMain] h3";

function listSections(details) {
  const list = details.querySelector("ul");
  const close = () => { details.open = false; };
  details.ontoggle = () => details.open && list.replaceChildren(...headings().map(entry));
  details.onkeydown = (event) => {
    if (event.key !== "Escape" || !details.open) return;
    close();
    details.querySelector("summary").focus();
    event.stopPropagation();
  };
  details.onfocusout = (event) => {
    // Without a next focus a press of the mouse is on its way; the page itself says where.
    if (event.relatedTarget && !details.contains(event.relatedTarget)) close();
  };

  function headings() {
    const there = [...document.querySelectorAll(HEADINGS)];
    return there.filter((one) => one.textContent.trim() && one.getClientRects().length && !one.closest("[data-stale=true]"));
  }

  function entry(heading, place) {
    const link = document.createElement("a");
    heading.id ||= `section-${place + 1}`;
    link.href = `#${heading.id}`;
    link.textContent = heading.textContent.trim();
    link.onclick = (event) => {
      event.preventDefault();
      close();
      const still = window.matchMedia("(prefers-reduced-motion: reduce)").matches;
      heading.style.scrollMarginTop = "4.5rem";
      heading.scrollIntoView({ behavior: still ? "auto" : "smooth", block: "start" });
      heading.tabIndex = -1;
      heading.focus({ preventScroll: true });
    };
    const item = document.createElement("li");
    item.className = heading.tagName.toLowerCase();
    item.append(link);
    return item;
  }
}
