// The map of embeddings: panels of one and the same records. Selecting, hovering and zooming happen
// here and need no answer; Python hears which records are selected, and which one is to be opened.
// State lives on the root element, because this function runs again at every rerun of the page.

export default function (component) {
  const root = component.parentElement.querySelector("#emap");
  const me = root._map || (root._map = createMap(root));
  me.push = component.setStateValue;
  me.receive(component.data);
}

function createMap(root) {
  const $ = (q) => root.querySelector(q);
  const me = { data: null, panels: [], selected: null, count: 0, cursor: -1, hover: -1, tool: "lasso", opened: 0 };
  let lasso = null;
  let queued = false;
  let stroll = null;
  const held = (id) => (window.scarMaps && window.scarMaps.get(id)) || null;
  const tell = (key, values) => filled(me.data.words[key], values || {});
  const say = (text) => { $(".live").textContent = text || ""; };
  const names = () => (held(`${me.data.map}|names`) || {}).names || [];

  // ---- from Python -------------------------------------------------------------------------
  me.receive = (data) => {
    const other = !me.data || me.data.map !== data.map;
    if (other) {
      me.selected = null;
      me.count = 0;
      me.cursor = -1;
    }
    if (other || me.rev !== data.rev) {
      me.rev = data.rev;
      setBits(data.bits);
    }
    me.data = data;
    if (data.current >= 0) me.cursor = data.current;
    layPanels();
    writeLegend();
    writeCount();
    later();
  };
  window.addEventListener("scar-map", function listen() {
    if (!root.isConnected) window.removeEventListener("scar-map", listen);
    else if (me.data) later();
  });
  new ResizeObserver(() => me.data && later()).observe(root);

  function setBits(text) {
    me.selected = null;
    me.count = 0;
    if (!text) return;
    const packed = Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
    const rows = [];
    for (let i = 0; i < packed.length * 8; i++) if (packed[i >> 3] & (128 >> (i & 7))) rows.push(i);
    mark(rows, true);
  }
  function mark(rows, value) {
    const n = Math.max(me.data ? me.data.n : 0, ...rows.slice(-1), 0);
    if (!me.selected || me.selected.length < n + 1) {
      const grown = new Uint8Array(n + 1);
      if (me.selected) grown.set(me.selected);
      me.selected = grown;
    }
    for (const i of rows) me.selected[i] = value ? 1 : 0;
    me.count = me.selected.reduce((a, b) => a + b, 0);
    if (!me.count) me.selected = null;
  }

  // ---- to Python ---------------------------------------------------------------------------
  function select(rows, how) {
    if (how === "only") me.selected = null;
    mark(rows, how !== "less");
    writeCount();
    later();
    say(me.count ? tell("selected", { records: words(me.count) }) : tell("nothing_selected"));
    const packed = new Uint8Array(Math.ceil(me.data.n / 8));
    if (me.selected) for (let i = 0; i < me.data.n; i++) if (me.selected[i]) packed[i >> 3] |= 128 >> (i & 7);
    let text = "";
    for (const b of packed) text += String.fromCharCode(b);
    me.push("selection", { map: me.data.map, rev: me.rev, count: me.count, bits: me.count ? btoa(text) : "" });
  }
  function open(row) {
    me.cursor = row;
    me.opened += 1;
    later();
    say(tell("opened", { record: described(row) }));
    me.push("open", { map: me.data.map, row, turn: me.opened });
  }
  const number = (n) => n.toLocaleString(me.data.words.language);
  const words = (n) => tell(n === 1 ? "one_record" : "records", { n: number(n) });

  // ---- panels --------------------------------------------------------------------------------
  function layPanels() {
    const box = $(".panels");
    const keys = me.data.panels.map((p) => p.key).join();
    if (keys !== me.keys) {
      const before = new Map(me.panels.map((p) => [p.key, p]));
      me.keys = keys;
      me.panels = me.data.panels.map((told) => before.get(told.key) || makePanel(told));
      box.replaceChildren(...me.panels.map((p) => p.box));
    }
    me.panels.forEach((panel, i) => {
      panel.told = me.data.panels[i];
      panel.title.replaceChildren(panel.told.title, Object.assign(document.createElement("span"), { textContent: panel.told.sub }));
      panel.canvas.setAttribute("aria-label", tell("panel", { panel: panel.told.title, about: me.data.about }));
      writeScores(panel);
    });
  }
  function makePanel(told) {
    const make = (tag, name) => Object.assign(document.createElement(tag), { className: name || "" });
    const panel = {
      key: told.key, box: make("div", "panel"), title: make("h3"), plot: make("div", "plot"), canvas: make("canvas"), tip: make("div", "tip"),
      scores: make("table", "scores"), view: { zoom: 1, x: 0, y: 0 }, base: document.createElement("canvas"), baseKey: "",
    };
    panel.canvas.tabIndex = 0;
    panel.canvas.setAttribute("role", "application");
    panel.canvas.setAttribute("aria-roledescription", tell("plot"));
    panel.plot.append(panel.canvas, panel.tip);
    panel.box.append(panel.title, panel.plot, panel.scores);
    listenTo(panel);
    return panel;
  }
  function writeScores(panel) {
    const key = JSON.stringify(panel.told.scores);
    if (panel.scoresKey === key) return;
    panel.scoresKey = key;
    panel.scores.setAttribute("aria-label", tell("scores", { panel: panel.told.title }));
    panel.scores.replaceChildren(...panel.told.scores.map((score) => {
      const tr = document.createElement("tr");
      tr.title = score.help;
      tr.className = score.best ? "best" : "";
      const th = Object.assign(document.createElement("th"), { scope: "row", textContent: score.name });
      const td = Object.assign(document.createElement("td"), { className: "t" });
      const track = Object.assign(document.createElement("div"), { className: "track" });
      if (score.share !== null) track.append(Object.assign(document.createElement("i"), { style: `width:${100 * score.share}%` }));
      if (score.chance !== null) track.append(Object.assign(document.createElement("u"), { style: `left:${100 * score.chance}%` }));
      td.append(track);
      tr.append(th, td, Object.assign(document.createElement("td"), { className: "n", textContent: score.text }));
      return tr;
    }));
  }

  // ---- drawing -------------------------------------------------------------------------------
  function later() {
    if (queued) return;
    queued = true;
    requestAnimationFrame(() => {
      queued = false;
      const began = performance.now();
      me.panels.forEach(drawPanel);
      root.dataset.drawMs = (performance.now() - began).toFixed(2);
      root.dataset.ready = me.panels.length && me.panels.every((p) => p.xy) ? "1" : "";
      root.dataset.arrows = me.panels.reduce((n, p) => n + (p.told.arrows || []).length, 0);
      root.dataset.selected = me.count;
    });
  }
  const light = (c) => 0.3 * c[0] + 0.59 * c[1] + 0.11 * c[2] > 128;
  function theme() {
    const probe = document.createElement("canvas").getContext("2d");
    probe.fillStyle = getComputedStyle(root).getPropertyValue("--st-background-color") || "#ffffff";
    const background = rgb(probe.fillStyle);
    const bright = light(background);
    return {
      background, paper: probe.fillStyle, ink: bright ? "#12161c" : "#f4f6f9", accent: bright ? "#b3005e" : "#ff8ac6",
      band: bright ? "rgba(0,83,138,.16)" : "rgba(120,190,240,.22)",
    };
  }
  function drawPanel(panel) {
    const place = held(panel.key);
    const colour = held(`${panel.key}|${me.data.colour.id}`);
    panel.xy = place && colour && place.xy.length === 2 * me.data.n ? place.xy : null;
    const width = panel.plot.clientWidth;
    if (!width || !panel.xy) return;
    const height = Math.round(Math.min(Math.max(200, width), 460));
    const scale = Math.min(2, window.devicePixelRatio || 1);
    const look = theme();
    const { canvas, base } = panel;
    if (canvas.width !== Math.round(width * scale) || canvas.height !== Math.round(height * scale)) {
      for (const c of [canvas, base]) {
        c.width = Math.round(width * scale);
        c.height = Math.round(height * scale);
      }
      Object.assign(canvas.style, { width: `${width}px`, height: `${height}px` });
      panel.image = base.getContext("2d").createImageData(base.width, base.height);
      panel.baseKey = "";
    }
    panel.frame = makeFrame(width, height, panel.view);
    drawBase(panel, colour.levels, look, scale);
    const g = canvas.getContext("2d");
    g.setTransform(1, 0, 0, 1, 0, 0);
    g.drawImage(base, 0, 0);
    g.setTransform(scale, 0, 0, scale, 0, 0);
    drawOver(g, panel, look);
  }
  function drawBase(panel, levels, look, scale) {
    const selection = me.selected ? `${me.count}-${me.stamp || 0}` : "";
    const { zoom, x, y } = panel.view;
    const key = [panel.base.width, panel.base.height, zoom, x, y, me.data.colour.id, me.data.map, selection, look.paper].join();
    if (key === panel.baseKey && panel.drawn === me.selected) return;
    panel.baseKey = key;
    panel.drawn = me.selected;
    const radius = pointRadius(me.data.n, zoom);
    const colours = me.data.colour.palette.flatMap(rgb);
    plotPoints(panel.image, panel.xy, levels, colours, panel.frame, scale, {
      radius, background: look.background, selected: me.selected, alpha: me.data.n > 4000 ? 0.75 : 0.9, faint: 0.16,
    });
    panel.base.getContext("2d").putImageData(panel.image, 0, 0);
  }
  function drawOver(g, panel, look) {
    const { frame, xy, told } = panel;
    const at = (i) => [toX(frame, xy[2 * i]), toY(frame, xy[2 * i + 1])];
    look.arrowAlpha = told.arrows && told.arrows.length > 150 ? 0.4 : 0.75;
    const { palette } = me.data.colour;
    for (const [i, x, y, strange] of told.arrows || []) {
      arrow(g, ...at(i), toX(frame, x), toY(frame, y), look, strange, palette[level(panel, i)]);
    }
    g.font = "600 11px system-ui, sans-serif";
    g.textAlign = "center";
    g.textBaseline = "middle";
    (told.found || []).forEach((i, k) => {
      const [x, y] = at(i);
      ring(g, x, y, 7, look.accent, look.paper);
      if (k < 3) {
        g.lineWidth = 3;
        g.strokeStyle = look.paper;
        g.strokeText(k + 1, x, y - 14);
        g.fillStyle = look.ink;
        g.fillText(k + 1, x, y - 14);
      }
    });
    if (told.mark) {
      const [x, y] = [toX(frame, told.mark[0]), toY(frame, told.mark[1])];
      for (const [colour, width] of [[look.paper, 6], [look.accent, 3]]) {
        g.strokeStyle = colour;
        g.lineWidth = width;
        g.beginPath();
        for (const [dx, dy] of [[9, 9], [9, -9]]) {
          g.moveTo(x - dx, y - dy);
          g.lineTo(x + dx, y + dy);
        }
        g.stroke();
      }
    }
    if (me.cursor >= 0 && me.cursor < me.data.n) {
      const [x, y] = at(me.cursor);
      ring(g, x, y, 9, look.ink, look.paper, 2.5);
    }
    if (me.hover >= 0) ring(g, ...at(me.hover), 6, look.ink, look.paper, 1.5);
    if (lasso && lasso.panel === panel && lasso.line.length > 1) {
      g.beginPath();
      lasso.line.forEach(([x, y], i) => (i ? g.lineTo(x, y) : g.moveTo(x, y)));
      g.closePath();
      g.fillStyle = look.band;
      g.fill();
      g.strokeStyle = look.ink;
      g.lineWidth = 1.5;
      g.setLineDash([5, 4]);
      g.stroke();
      g.setLineDash([]);
    }
  }

  // ---- words ---------------------------------------------------------------------------------
  const level = (panel, row) => held(`${panel.key}|${me.data.colour.id}`).levels[row];
  function about(panel, row) {
    const { colour } = me.data;
    const value = level(panel, row);
    if (colour.names) return colour.names[value];
    if (value === colour.palette.length - 1) return tell("unknown", { title: colour.title });
    const [low, high] = colour.limits;
    const shown = (low + ((high - low) * value) / (colour.palette.length - 2)).toFixed(2);
    return tell("value", { title: colour.title, value: shown });
  }
  const described = (row) => names()[row] || tell("record", { number: row + 1 });
  function showTip(panel, x, y) {
    me.panels.forEach((p) => { p.tip.style.visibility = "hidden"; });
    if (me.hover < 0) return;
    panel.tip.replaceChildren(Object.assign(document.createElement("b"), { textContent: described(me.hover) }), about(panel, me.hover));
    const right = x > panel.frame.width * 0.55;
    Object.assign(panel.tip.style, {
      visibility: "visible", top: `${Math.max(0, y - 46)}px`, left: right ? "" : `${x + 12}px`, right: right ? `${panel.frame.width - x + 12}px` : "",
    });
  }
  function writeCount() {
    $(".count").textContent = me.count ? tell("selected_of", { records: words(me.count), all: number(me.data.n) }) : words(me.data.n);
    $('[data-do="clear"]').disabled = !me.count;
  }
  function writeLegend() {
    const { colour } = me.data;
    const box = $(".legend");
    box.setAttribute("aria-label", tell("colour", { title: colour.title }));
    const key = JSON.stringify(colour);
    if (me.legendKey === key) return;
    me.legendKey = key;
    const dot = (fill) => Object.assign(document.createElement("i"), { style: `background:${fill}` });
    if (!colour.names) {
      const span = document.createElement("span");
      const ramp = dot(`linear-gradient(90deg,${colour.palette.slice(0, -1).filter((_, i) => i % 8 === 0).join(",")})`);
      ramp.className = "ramp";
      span.append(`${colour.title} `, colour.limits[0].toFixed(2), ramp, colour.limits[1].toFixed(2));
      box.replaceChildren(span);
      return;
    }
    box.replaceChildren(...colour.names.flatMap((name, k) => {
      if (!colour.counts[k]) return [];
      const b = document.createElement("button");
      b.type = "button";
      b.title = tell("select_group", { group: name });
      b.append(dot(colour.palette[k]), `${name} ${number(colour.counts[k])}`);
      b.onclick = () => selectGroup(k);
      return [b];
    }));
  }
  function selectGroup(k) {
    const { levels } = held(`${me.panels[0].key}|${me.data.colour.id}`);
    const rows = [];
    for (let i = 0; i < me.data.n; i++) if (levels[i] === k) rows.push(i);
    touch();
    select(rows, "only");
  }
  const touch = () => { me.stamp = (me.stamp || 0) + 1; };

  // ---- pointer -------------------------------------------------------------------------------
  function zoomAt(panel, factor, x, y) {
    const zoom = Math.min(60, Math.max(1, panel.view.zoom * factor));
    const { width, height } = panel.frame;
    const unit = (z) => (Math.min(width, height) / 2) * 0.94 * z;
    const px = x === undefined ? width / 2 : x;
    const py = y === undefined ? height / 2 : y;
    const wx = panel.view.x + (px - width / 2) / unit(panel.view.zoom);
    const wy = panel.view.y - (py - height / 2) / unit(panel.view.zoom);
    panel.view = zoom === 1 ? { zoom: 1, x: 0, y: 0 } : { zoom, x: wx - (px - width / 2) / unit(zoom), y: wy + (py - height / 2) / unit(zoom) };
    later();
  }
  function listenTo(panel) {
    const { canvas } = panel;
    const place = (e) => {
      const r = canvas.getBoundingClientRect();
      return [e.clientX - r.left, e.clientY - r.top];
    };
    const fingers = new Map();
    canvas.onpointerdown = (e) => {
      if (e.button > 1 || !panel.xy) return;
      const [x, y] = place(e);
      canvas.setPointerCapture(e.pointerId);
      fingers.set(e.pointerId, [x, y]);
      if (fingers.size === 2) lasso = null;
      stroll = me.tool === "pan" || e.button === 1 || e.altKey || fingers.size === 2 ? { x, y, view: { ...panel.view } } : null;
      lasso = { panel, line: [[x, y]], more: e.shiftKey, moved: false };
    };
    canvas.onpointermove = (e) => {
      if (!panel.xy) return;
      const [x, y] = place(e);
      if (fingers.size === 2 && fingers.has(e.pointerId)) return void pinch(e.pointerId, x, y);
      if (!lasso || lasso.panel !== panel) return void hover(x, y);
      lasso.moved = lasso.moved || Math.hypot(x - lasso.line[0][0], y - lasso.line[0][1]) > 4;
      if (stroll) {
        const side = (Math.min(panel.frame.width, panel.frame.height) / 2) * 0.94 * panel.view.zoom;
        panel.view = { ...panel.view, x: stroll.view.x - (x - stroll.x) / side, y: stroll.view.y + (y - stroll.y) / side };
      } else lasso.line.push([x, y]);
      later();
    };
    function pinch(id, x, y) {
      const apart = () => Math.hypot(...[0, 1].map((k) => [...fingers.values()].reduce((a, p) => a - p[k], 2 * [...fingers.values()][0][k])));
      const before = apart();
      fingers.set(id, [x, y]);
      zoomAt(panel, apart() / Math.max(1, before), x, y);
    }
    canvas.onpointerup = (e) => {
      const many = fingers.size > 1;
      fingers.delete(e.pointerId);
      const done = lasso;
      lasso = null;
      if (!done || many) return;
      if (!done.moved) {
        const row = nearestPoint(panel.xy, panel.frame, ...done.line[0], 14);
        if (row >= 0) open(row);
      } else if (!stroll && done.line.length > 3) {
        touch();
        select(lassoed(panel.xy, panel.frame, done.line), done.more ? "more" : "only");
      }
      stroll = null;
      later();
    };
    canvas.onpointercancel = (e) => {
      fingers.delete(e.pointerId);
      lasso = null;
      later();
    };
    canvas.onpointerleave = () => hover(-1e6, -1e6);
    function hover(x, y) {
      const row = nearestPoint(panel.xy, panel.frame, x, y, 12);
      if (row === me.hover) return;
      me.hover = row;
      showTip(panel, x, y);
      later();
    }
    canvas.addEventListener("wheel", (e) => {
      // The page scrolls under the wheel unless the reader is in the map.
      if (!(e.ctrlKey || e.metaKey || root.getRootNode().activeElement === canvas) || !panel.xy) return;
      e.preventDefault();
      zoomAt(panel, Math.exp(-e.deltaY * (e.ctrlKey ? 0.01 : 0.002)), ...place(e));
    }, { passive: false });
    canvas.onkeydown = (e) => onKey(panel, e);
    canvas.onfocus = () => say(tell("keys"));
  }

  // ---- keyboard ------------------------------------------------------------------------------
  function onKey(panel, e) {
    if (!panel.xy || e.ctrlKey || e.metaKey) return;
    const key = e.key.length === 1 ? e.key.toLowerCase() : e.key;
    if (key.startsWith("Arrow")) step(panel, key);
    else if (key === "+" || key === "=") zoomAt(panel, 1.4, ...spot(panel));
    else if (key === "-") zoomAt(panel, 1 / 1.4, ...spot(panel));
    else if (key === "0") fit(panel);
    else if (key === "Escape") cancel();
    else if (me.cursor < 0) return;
    else if (key === "Enter") open(me.cursor);
    else if (key === " ") {
      touch();
      select([me.cursor], me.selected && me.selected[me.cursor] ? "less" : "more");
    } else if (key === "n") around(panel);
    else if (key === "g" && me.data.colour.names) selectGroup(level(panel, me.cursor));
    else return;
    e.preventDefault();
    e.stopPropagation();
  }
  function spot(panel) {
    if (me.cursor < 0) return [undefined, undefined];
    return [toX(panel.frame, panel.xy[2 * me.cursor]), toY(panel.frame, panel.xy[2 * me.cursor + 1])];
  }
  function step(panel, key) {
    const middle = nearestPoint(panel.xy, panel.frame, panel.frame.width / 2, panel.frame.height / 2, 1e6);
    const next = me.cursor < 0 ? middle : nextPoint(panel.xy, me.cursor, key);
    if (next < 0) return void say(tell("no_farther"));
    me.cursor = next;
    const [x, y] = spot(panel);
    if (x < 10 || y < 10 || x > panel.frame.width - 10 || y > panel.frame.height - 10) {
      const { zoom } = panel.view;
      panel.view = { zoom, x: panel.xy[2 * next] / FULL, y: panel.xy[2 * next + 1] / FULL };
    }
    const selected = me.selected && me.selected[next];
    say(tell(selected ? "point_selected" : "point", { record: described(next), about: about(panel, next) }));
    later();
    return undefined;
  }
  function around(panel) {
    const { xy } = panel;
    const away = Array.from({ length: me.data.n }, (_, i) => [Math.hypot(xy[2 * i] - xy[2 * me.cursor], xy[2 * i + 1] - xy[2 * me.cursor + 1]), i]);
    away.sort((a, b) => a[0] - b[0]);
    touch();
    select(away.slice(0, 30).map((p) => p[1]), "more");
  }
  function cancel() {
    lasso = null;
    touch();
    select([], "only");
  }
  function fit(panel) {
    panel.view = { zoom: 1, x: 0, y: 0 };
    later();
  }

  // ---- toolbar -------------------------------------------------------------------------------
  root.querySelectorAll("[data-tool]").forEach((b) => {
    b.onclick = () => {
      me.tool = b.dataset.tool;
      root.querySelectorAll("[data-tool]").forEach((o) => o.setAttribute("aria-pressed", o === b));
      me.panels.forEach((p) => p.canvas.classList.toggle("pan", me.tool === "pan"));
    };
  });
  const actions = {
    in: () => me.panels.forEach((p) => p.xy && zoomAt(p, 1.4)),
    out: () => me.panels.forEach((p) => p.xy && zoomAt(p, 1 / 1.4)),
    fit: () => me.panels.forEach(fit),
    clear: cancel,
  };
  root.querySelectorAll("[data-do]").forEach((b) => { b.onclick = () => actions[b.dataset.do](); });
  return me;
}
