"""What each page costs: first paint, its main gesture, bytes, memory, barriers, keyboard.

Times are taken inside the page, so neither the driver nor its polling is measured.
"""

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import psutil

from tests.browser.axe import grave, violations
from tests.browser.sessions import memory_grown

CASES = tuple(
    f"record=gallery:{name}&hide=V1,V2"
    for name in ("right-bundle-branch-block", "normal", "long-qt", "paced", "atrial-flutter")
)
CASE = CASES[0]
MANY = 20
WARM_UP = 2
"""Presses that are not timed."""
TABS = 250
"""More presses of the tab key than any page needs."""


@dataclass(frozen=True)
class Page:
    """One page and what is done on it first.

    Attributes:
        name: For people.
        path: In its link.
        query: Parameters of the link.
        press: What is pressed in turn: selectors, the first that finds two things counts.
        hide: What is pressed to hide something and to show all again, on each of ``CASES``, so that
            the worker is asked what it was not asked before.
    """

    name: str
    path: str = ""
    query: str = ""
    press: tuple[str, ...] = ()
    hide: str = ""

    @property
    def link(self) -> str:
        """Path and parameters."""
        return f"{self.path}?{self.query}" if self.query else self.path


CHOICES = "[data-testid='stMain'] [data-testid='stButtonGroup'] button"
PAGES = (
    Page("Home"),
    Page("Masking", "Masking", CASE),
    Page("Redistribution", "Redistribution", CASE, hide="[class*='st-key-quick-'] button"),
    Page("Embeddings", "Embeddings", "", (".st-key-doing button", CHOICES)),
    Page("CMRS", "CMRS", "", (CHOICES, "[data-testid='stTab']")),
    Page("Benchmarks", "Benchmarks", "", (CHOICES, "[data-testid='stTab']")),
    Page("Attribution", "Attribution", CASE, (CHOICES,)),
    Page("Training", "Training", "", (".st-key-budget [role=radiogroup] label", CHOICES)),
    Page("Jobs", "Jobs", "", (CHOICES,)),
    Page("Guided cases", "Learn", "", (".st-key-lesson [role=radiogroup] label",)),
)

_FIRST = """() => {
  window.scarPaint = {};
  const look = () => {
    const h1 = document.querySelector('[data-testid=stMain] h1');
    if (h1 && !scarPaint.first) requestAnimationFrame(() => scarPaint.first ||= performance.now());
    const app = document.querySelector('[data-test-script-state]');
    if (scarPaint.first && !scarPaint.whole && app?.dataset.testScriptState === 'notRunning')
      scarPaint.whole = performance.now();
  };
  new MutationObserver(look).observe(document, {subtree: true, childList: true, attributes: true});
}"""

_PRESS = """async ([selector, index]) => {
  const app = document.querySelector('[data-test-script-state]');
  const idle = () => app.dataset.testScriptState === 'notRunning';
  const awaited = () => [...document.querySelectorAll('.awaited')].some(e => {
    const at = e.getBoundingClientRect();
    return at.bottom > 0 && at.top < innerHeight - 40;
  });
  const pause = () => new Promise(done => setTimeout(done, 2));
  while (!idle()) await pause();
  const all = [...document.querySelectorAll(selector)].filter(e => e.getClientRects().length);
  let began = false, changed = 0;
  const from = performance.now(), passed = () => performance.now() - from;
  const look = new MutationObserver(() => { began ||= !idle(); });
  const see = new MutationObserver(() => { changed = passed(); });
  look.observe(app, {attributes: true});
  see.observe(document.querySelector('[data-testid=stMain]'), {subtree: true, childList: true});
  all[index % all.length].click();
  while (!began || !idle() || awaited()) {
    if (!began && changed && passed() > 3000) break; // begin and end came as one, and were not told
    if (!began && passed() > 10000) throw new Error(`pressing ${selector} ran nothing`);
    if (passed() > 30000) throw new Error(`pressing ${selector} ran for more than 30 s`);
    await pause();
  }
  look.disconnect();
  see.disconnect();
  if (!began) return changed;
  await new Promise(done => requestAnimationFrame(() => setTimeout(done, 0)));
  return passed();
}"""

_GATHER = """() => {
  const wanted = 'a[href],button,input:not([type=hidden]),select,textarea,summary,' +
    'canvas:not([role=img]),[role=button],[role=radio],[role=tab],[role=combobox],[role=slider],[role=checkbox]';
  const groups = new Map(), names = window.scarNames = [];
  window.scarName = e =>
    (e.getAttribute('aria-label') || e.textContent || e.tagName).trim().slice(0, 40);
  const walk = root => root.querySelectorAll('*').forEach(e => {
    if (e.shadowRoot) walk(e.shadowRoot);
    if (!e.matches(wanted) || e.disabled || !e.getClientRects().length) return;
    if (!e.checkVisibility({visibilityProperty: true})) return;
    if (e.closest('.js-plotly-plot,[data-testid=stHeader],[aria-hidden=true],[inert]')) return;
    if (e.closest('details:not([open])') && !e.matches('summary')) return;
    // Arrows move within these, or open and change them: the tab key comes to each once.
    const group = e.closest('[role=radiogroup],[role=tablist],[data-testid=stButtonGroup],' +
      '[data-testid=stSelectbox],[data-testid=stMultiSelect],[data-testid=stNumberInput]') ||
      (e.type === 'radio' && e.name) || e.closest('button,a,summary') || e;
    if (!groups.has(group)) {
      groups.set(group, names.length);
      names.push(scarName(e));
    }
    e.scarGesture = groups.get(group);
  });
  walk(document);
  return names;
}"""

_FOCUSED = """() => {
  let e = document.activeElement;
  while (e?.shadowRoot?.activeElement) e = e.shadowRoot.activeElement;
  if (!e || e === document.body) return -1;
  for (let at = e; at; at = at.parentElement)
    if (at.scarGesture !== undefined) return at.scarGesture;
  const inside = [...e.querySelectorAll('*')].find(one => one.scarGesture !== undefined);
  if (inside) return inside.scarGesture;
  const drawnAnew = scarNames.indexOf(scarName(e)); // since it was counted
  return drawnAnew < 0 ? -2 : drawnAnew;
}"""


@contextmanager
def wire(page: Any) -> Iterator[list[int]]:
    """Count the bytes that a page receives; the list's only item grows."""
    heard = [0]
    line = page.context.new_cdp_session(page)
    line.send("Network.enable")

    def finished(told: dict[str, Any]) -> None:
        heard[0] += int(told["encodedDataLength"])

    def frame(told: dict[str, Any]) -> None:
        heard[0] += len(told["response"]["payloadData"]) * 3 // 4

    line.on("Network.loadingFinished", finished)
    line.on("Network.webSocketFrameReceived", frame)
    yield heard
    line.detach()


def quiet(page: Any) -> None:
    """Wait until the page's script has run and charts have been drawn."""
    page.wait_for_selector("[data-testid='stMain'] h1")
    page.wait_for_function("() => window.scarPaint?.whole")
    page.wait_for_selector("[data-test-script-state='notRunning']")
    page.wait_for_timeout(1500)


def pressed(page: Any, wanted: tuple[str, ...], times: int = 20) -> list[float]:
    """Press one thing after the other; milliseconds until the page is settled, for each press."""
    for selector in wanted:
        if page.locator(selector).count() >= 2:
            taken = []
            for number in range(times + WARM_UP):
                taken.append(page.evaluate(_PRESS, [selector, 1 - number % 2]))
                page.wait_for_timeout(400)
            return taken[WARM_UP:]
    return []


def hidden_anew(page: Any, address: str, one: Page) -> list[float]:
    """Hide this and that of one record after the other; milliseconds for each press."""
    taken = []
    for case in CASES:
        page.goto(f"{address}/{one.path}?{case}")
        quiet(page)
        for number in range(6):  # all is shown again between what is hidden
            taken.append(page.evaluate(_PRESS, [one.hide, number // 2]))
            page.wait_for_timeout(400)
    return taken[6:]


def by_keyboard(page: Any) -> tuple[int, list[str]]:
    """Press the tab key until the focus comes round.

    Returns:
        How many gestures a page has (a group of choices is one), and the names of those that the
        focus never came to.
    """
    names = page.evaluate(_GATHER)
    page.evaluate("() => document.activeElement?.blur()")
    reached: set[int] = set()
    idle = 0
    for _ in range(TABS):
        page.keyboard.press("Tab")
        at = page.evaluate(_FOCUSED)
        idle = idle + 1 if at < 0 or at in reached else 0
        reached.add(at)
        if idle > 12:
            break
    return len(names), [name for i, name in enumerate(names) if i not in reached]


def quantile(values: list[float], q: float) -> float:
    """Return the q-quantile (nearest rank)."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(q * len(ordered)))]


def measure_page(browser: Any, address: str, one: Page) -> dict[str, Any]:
    """Open a page in a browser that has never seen it, and measure it."""
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    page = context.new_page()
    page.set_default_timeout(120_000)
    page.add_init_script(f"({_FIRST})()")
    with wire(page) as heard:
        page.goto(f"{address}/{one.link}")
        quiet(page)
        size = heard[0]
    paint = page.evaluate("() => window.scarPaint")
    found: dict[str, Any] = {
        "first_paint_ms": round(paint["first"]),
        "whole_ms": round(paint["whole"]),
        "wire_kb": round(size / 1000),
    }
    server = server_of(int(address.rsplit(":", 1)[1]))
    began_s = sum(server.cpu_times()[:2])
    taken = hidden_anew(page, address, one) if one.hide else pressed(page, one.press)
    server_s = sum(server.cpu_times()[:2]) - began_s
    if taken and not one.hide:
        found["server_ms_per_gesture"] = round(1000 * server_s / (len(taken) + WARM_UP))
    if taken:
        found["gesture_ms_p50"] = round(quantile(taken, 0.5))
        found["gesture_ms_p95"] = round(quantile(taken, 0.95))
    count, missed = by_keyboard(page)
    found["keyboard"] = f"{count - len(missed)}/{count}"
    if missed:
        found["not_by_keyboard"] = missed
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        page.wait_for_timeout(700)
        found[f"axe_{scheme}"] = len(grave(violations(page)))
    context.close()
    return found


def server_of(port: int) -> psutil.Process:
    """Return the process that listens on a port.

    Raises:
        LookupError: There is none of this user's.
    """
    for process in psutil.process_iter():
        try:
            lines = process.net_connections("tcp")
        except psutil.Error:
            continue
        if any(line.status == psutil.CONN_LISTEN and line.laddr.port == port for line in lines):
            return process
    raise LookupError(f"nothing of ours listens on port {port}")


def measure_memory(address: str, one: Page) -> dict[str, float]:
    """Return the megabytes that the server takes for each session, with one and with twenty."""
    server = server_of(int(address.rsplit(":", 1)[1]))

    def weigh() -> float:
        return float(server.memory_info().rss) / 1e6

    grown = memory_grown(address, one.path, dict(parse_qsl(one.query)), (1, MANY), weigh)
    return {f"mb_per_session_at_{n}": round(mb, 1) for n, mb in grown.items()}


def measure_all(browser: Any, address: str, only: Sequence[str] = ()) -> dict[str, dict[str, Any]]:
    """Measure every page of a running product whose file exists, or only those that are named."""
    root = Path(__file__).resolve().parents[2] / "pages"
    there = {file.stem.partition("_")[2] for file in root.glob("[0-9]_*.py")}
    return {
        one.name: measure_page(browser, address, one) | measure_memory(address, one)
        for one in PAGES
        if (not one.path or one.path in there) and (not only or one.name in only)
    }


def main() -> None:
    """Measure a product that runs: ``python -m tests.browser.measure_pages ADDRESS [PAGE ...]``."""
    import sys

    from tests.browser.measure import browser

    with browser() as running:
        sys.stdout.write(
            json.dumps(measure_all(running, sys.argv[1], sys.argv[2:]), indent=1) + "\n"
        )


if __name__ == "__main__":
    main()
