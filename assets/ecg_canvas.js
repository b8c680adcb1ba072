// The masking canvas: gestures and keys change the scene and redraw at once; Python hears of it
// when a gesture ends. State lives on the root element, because this function runs again at every
// rerun of the page. Python's scene is taken over only when its revision is new.

export default function (component) {
  const root = component.parentElement.querySelector("#ecg");
  const me = root._ecg || (root._ecg = createCanvas(root));
  me.push = component.setStateValue;
  me.receive(component.data);
}

function createCanvas(root) {
  const $ = (q) => root.querySelector(q);
  const canvas = $("canvas");
  const g = canvas.getContext("2d");
  const layers = [document.createElement("canvas"), document.createElement("canvas")];
  const me = { rec: null, scene: emptyScene(), view: { layout: "12x1", speed: 25, gain: 10 }, past: [], future: [] };
  const cursor = { lead: 0, leads: 1, t: 0, span: 0.5 };
  let lay = null;
  let drag = null;
  let caliper = null;
  let measuring = false;
  let layerKey = "";
  let stripOn = true;

  // ---- from Python -------------------------------------------------------------------------
  me.receive = (data) => {
    const fresh = !me.rec || me.rec.id !== data.id;
    if (fresh) {
      me.rec = { ...data, signal: null, swing: data.leads.map(() => 2) };
      me.past = [];
      me.future = [];
      caliper = null;
      $(".electrodes").replaceChildren(...Object.keys(data.takes).map(electrodeButton));
      fillGains();
    }
    if (fresh || me.rev !== data.rev) {
      if (!fresh) me.past.push(copyScene(me.scene));
      me.rev = data.rev;
      me.scene = tidyScene({ ...emptyScene(), ...data.scene }, me.rec);
      me.view = { ...me.view, ...data.view };
    }
    takeSignal();
    refresh();
  };

  function takeSignal() {
    const held = window.scarSignals && window.scarSignals[me.rec.id];
    if (!held || me.rec.signal) return;
    me.rec.signal = held;
    const { n, leads } = me.rec;
    me.rec.swing = leads.map((_, i) => {
      const sorted = Array.from(held.subarray(i * n, (i + 1) * n)).sort((a, b) => a - b);
      return n ? (sorted[Math.floor(0.999 * (n - 1))] - sorted[Math.floor(0.001 * (n - 1))]) / 1000 : 0;
    });
    layerKey = "";
  }

  const whenAlive = (name, act) => {
    const listen = () => {
      if (!root.isConnected) window.removeEventListener(name, listen);
      else if (me.rec) act();
    };
    window.addEventListener(name, listen);
  };
  whenAlive("scar-signal", () => { takeSignal(); refresh(); });
  whenAlive("scar-strip", () => draw());
  new ResizeObserver(() => me.rec && refresh()).observe(root);

  // ---- to Python ---------------------------------------------------------------------------
  function change(scene, said) {
    const next = tidyScene(scene, me.rec);
    if (!sameScene(next, me.scene)) {
      me.past.push(me.scene);
      me.future = [];
      settle(next);
    }
    say(said);
  }
  function settle(scene) {
    me.scene = scene;
    refresh();
    me.push("scene", { ...copyScene(scene), rev: me.rev, id: me.rec.id });
  }
  function travel(from, to, said) {
    if (!from.length) return say(me.rec.words[`no_${said}`]);
    to.push(me.scene);
    settle(from.pop());
    return say(filled(me.rec.words[`${said}ne`], { what: summary() }));
  }
  const undo = () => travel(me.past, me.future, "undo");
  const redo = () => travel(me.future, me.past, "redo");
  const tell = (key, values) => filled(me.rec.words[key], values || {});
  const say = (text) => { $(".live").textContent = text || ""; };
  const summary = () => (hidesNothing(me.scene) ? tell("nothing_hidden") : hiddenInWords(me.scene, me.rec).map((i) => i.text).join("; ") + ".");
  function setView(part) {
    me.view = { ...me.view, ...part };
    refresh();
    me.push("view", { layout: me.view.layout, speed: me.view.speed, gain: me.view.gain });
  }

  // ---- drawing -----------------------------------------------------------------------------
  function refresh() {
    const room = root.clientWidth - BADGE_COLUMN_PX - 4;
    if (room <= 0) return;
    // Whole pixels per 5 mm keep the grid even; 250 mm are 10 s at 25 mm/s whatever the speed is.
    const px = Math.max(2, Math.floor((5 * room) / (Math.min(me.rec.duration, 10) * 25 + PULSE_MM + 2)) / 5);
    lay = layOut(me.rec, me.view, px, root.clientWidth - 2);
    placeBadges();
    writeWords();
    draw();
  }

  function draw() {
    if (!lay) return;
    const began = performance.now();
    const scale = window.devicePixelRatio || 1;
    const key = [lay.px, lay.width, lay.height, scale, JSON.stringify(me.view), me.rec.id, !!me.rec.signal].join();
    if (key !== layerKey) {
      for (const c of [canvas, ...layers]) {
        c.width = Math.ceil(lay.width * scale);
        c.height = Math.ceil(lay.height * scale);
      }
      canvas.style.width = `${lay.width}px`;
      canvas.style.height = `${lay.height}px`;
      [drawPaper, drawTraces].forEach((drawLayer, i) => {
        const to = layers[i].getContext("2d");
        to.setTransform(scale, 0, 0, scale, 0, 0);
        drawLayer(to, me.rec, lay, me.view);
      });
      layerKey = key;
    }
    paint(g, scale);
    canvas.dataset.drawMs = (performance.now() - began).toFixed(2);
    canvas.dataset.ready = me.rec.signal ? "1" : "";
  }

  function paint(to, scale) {
    to.setTransform(1, 0, 0, 1, 0, 0);
    to.clearRect(0, 0, canvas.width, canvas.height);
    to.drawImage(layers[0], 0, 0);
    to.setTransform(scale, 0, 0, scale, 0, 0);
    paintStrip(to);
    to.setTransform(1, 0, 0, 1, 0, 0);
    to.drawImage(layers[1], 0, 0);
    to.setTransform(scale, 0, 0, scale, 0, 0);
    drawHidden(to, me.rec, lay, me.view, me.scene);
    if (drag && drag.moved && !measuring) drawDrag(to);
    if (caliper && measuring) drawCaliper(to, me.rec, lay, me.view, caliper);
    else if (root.getRootNode().activeElement === canvas && !drag) drawCursor(to, lay, me.view, cursor);
  }

  function paintStrip(to) {
    const strip = window.scarStrip;
    if (stripOn && strip && strip.id === me.rec.id) drawImportance(to, me.rec, lay, me.view, me.scene, strip);
  }

  function drawDrag(to) {
    for (const { cell, a, b } of cellsUnder(lay, me.view, drag.x0, drag.y0, drag.x1, drag.y1)) {
      const x = xAt(cell, a, me.view, lay.px);
      const w = xAt(cell, b, me.view, lay.px) - x;
      to.fillStyle = "rgba(0,83,138,.3)";
      to.fillRect(x, cell.y + 1, w, cell.h - 2);
      to.strokeStyle = HIDDEN;
      to.lineWidth = 2;
      to.strokeRect(x + 1, cell.y + 2, Math.max(0, w - 2), cell.h - 4);
    }
  }

  // ---- buttons and words ---------------------------------------------------------------------
  function electrodeButton(name) {
    const b = document.createElement("button");
    b.type = "button";
    b.textContent = name;
    b.dataset.electrode = name;
    b.onclick = () => {
      const off = !me.scene.electrodes.includes(name);
      const takes = me.rec.takes[name].join(", ");
      change({ ...me.scene, electrodes: toggled(me.scene.electrodes, name) },
        tell(!off ? "electrode_on" : me.rec.takes[name].length > 1 ? "electrode_off_many" : "electrode_off_one", { electrode: name, leads: takes }));
    };
    return b;
  }

  function toggleLead(lead) {
    const hide = !me.scene.leads.includes(lead);
    change({ ...me.scene, leads: toggled(me.scene.leads, lead) }, hide ? tell("lead_hidden", { lead }) : tell("shown", { what: lead }));
  }

  function placeBadges() {
    const box = $(".badges");
    const cells = lay.cells;
    if (box.childElementCount !== cells.length) {
      box.replaceChildren(...cells.map(() => {
        const b = document.createElement("button");
        b.type = "button";
        b.onclick = () => toggleLead(b.dataset.lead);
        return b;
      }));
    }
    cells.forEach((cell, i) => {
      const b = box.children[i];
      const hidden = me.scene.leads.includes(cell.lead);
      const lost = electrodesTaking(me.scene, me.rec, cell.lead).length > 0;
      b.dataset.lead = cell.lead;
      b.textContent = cell.lead;
      b.setAttribute("aria-pressed", hidden);
      b.classList.toggle("lost", lost && !hidden);
      const title = tell(hidden ? "show_lead" : "hide_lead", { lead: cell.lead });
      b.title = lost ? tell("with_electrode", { title }) : title;
      const state = tell(hidden ? "state_hidden" : lost ? "state_lost" : "state_visible");
      b.setAttribute("aria-label", tell(cell.strip ? "badge_strip" : "badge", { lead: cell.lead, state }));
      const grid = me.view.layout === "3x4";
      b.style.left = `${grid && !cell.first ? cell.x + 3 : 5}px`;
      b.style.top = `${grid ? cell.y + 2 : cell.base - 12}px`;
      b.classList.toggle("over", grid && !cell.first);
    });
  }

  function fillGains() {
    const unit = tell(me.rec.mv ? "mm_mv" : "mm_sd");
    $('[data-view="gain"]').replaceChildren(...[5, 10, 20].map((v) => new Option(`${me.rec.mv ? v : v / 4} ${unit}`, v)));
  }

  function writeWords() {
    const { view, rec, scene } = me;
    root.querySelectorAll("[data-layout]").forEach((b) => b.setAttribute("aria-pressed", b.dataset.layout === view.layout));
    root.querySelectorAll("[data-view]").forEach((s) => { s.value = String(view[s.dataset.view]); });
    root.querySelectorAll("[data-electrode]").forEach((b) => {
      const off = scene.electrodes.includes(b.dataset.electrode);
      b.setAttribute("aria-pressed", off);
      const electrode = b.dataset.electrode;
      b.title = tell(off ? "put_back" : "take_off", { electrode, leads: rec.takes[electrode].join(", ") });
    });
    $('[data-do="calipers"]').setAttribute("aria-pressed", measuring);
    $('[data-do="undo"]').disabled = !me.past.length;
    $('[data-do="redo"]').disabled = !me.future.length;
    $('[data-do="clear"]').disabled = hidesNothing(scene);
    const limbs = Object.entries(recomputedRuns(scene, rec)).filter(([, runs]) => runs.length).map(([l]) => l);
    $(".recover").style.visibility = limbs.length || scene.recover ? "" : "hidden";
    $("[data-recover]").checked = scene.recover;
    $(".k-again").style.display = scene.recover && limbs.length ? "" : "none";
    $(".k-none").style.display = Object.values(rec.absent).some((r) => r.length) ? "" : "none";
    $(".k-ramp").style.background = `linear-gradient(90deg, ${rec.palette.filter((_, i) => i % 8 === 0).join(",")})`;
    $(".scale").textContent = scaleInWords();
    const items = hiddenInWords(scene, rec);
    $(".list").replaceChildren(...(items.length ? items.map(listItem) : [plainItem(tell("how_to_hide"))]));
  }

  function scaleInWords() {
    const { view, rec } = me;
    const high = unitHeight(rec, view);
    const scale = tell("scale", {
      speed: view.speed,
      gain: `${high} ${tell(rec.mv ? "mm_mv" : "mm_sd")}`,
      seconds: +(1 / view.speed).toFixed(3),
      height: `${+(1 / high).toFixed(2)} ${tell(rec.mv ? "mv" : "sd")}`,
    });
    return rec.mv ? scale : tell("scale_sd", { scale, step: 10 / high });
  }
  function plainItem(text) {
    const li = document.createElement("li");
    li.className = "none";
    li.textContent = text;
    return li;
  }
  function listItem(item) {
    const li = document.createElement("li");
    const b = document.createElement("button");
    b.type = "button";
    b.textContent = item.undo;
    b.setAttribute("aria-label", tell("undo_item", { undo: item.undo, item: item.text }));
    b.onclick = () => change(item.scene, tell("shown_item", { item: item.text }));
    li.append(item.text, b);
    return li;
  }

  // ---- pointer -------------------------------------------------------------------------------
  const place = (e) => {
    const r = canvas.getBoundingClientRect();
    return [e.clientX - r.left, e.clientY - r.top];
  };
  const cellAt = (x, y) => lay.cells.find((c) => x >= c.x && x < c.x + c.w && y >= c.y && y < c.y + c.h);

  canvas.onpointerdown = (e) => {
    if (e.button > 0 || !lay) return;
    const [x, y] = place(e);
    if (measuring && !takeCaliper(x, y)) return;
    drag = { x0: x, y0: y, x1: x, y1: y, moved: false };
    canvas.setPointerCapture(e.pointerId);
  };
  canvas.onpointermove = (e) => {
    if (!lay) return;
    const [x, y] = place(e);
    if (!drag) return void readOut(x, y);
    if (measuring) return void stretchCaliper(x, y);
    Object.assign(drag, { x1: x, y1: y, moved: drag.moved || Math.hypot(x - drag.x0, y - drag.y0) > 4 });
    const under = cellsUnder(lay, me.view, drag.x0, drag.y0, x, y);
    if (under.length) {
      const { a, b } = under[0];
      const leads = [...new Set(under.map((u) => u.cell.lead))].join(", ");
      $(".readout").textContent = tell("dragged", { leads, from: a.toFixed(2), to: b.toFixed(2), ms: Math.round((b - a) * 1000) });
    }
    draw();
  };
  canvas.onpointerup = (e) => {
    if (!drag) return;
    const d = drag;
    drag = null;
    const [x, y] = place(e);
    if (measuring) return void say(caliperInWords(caliper, me.rec));
    if (!d.moved) return void click(x, y);
    const spans = cellsUnder(lay, me.view, d.x0, d.y0, x, y)
      .filter(({ a, b }) => b - a >= SHORTEST_SPAN_S)
      .map(({ cell, a, b }) => [cell.lead, a, b]);
    if (!spans.length) {
      draw();
      return void say(tell("too_short"));
    }
    change(hideSpans(me.scene, me.rec, spans), tell("hidden", { what: spans.map((s) => spanInWords(s, me.rec.words.stretch)).join("; ") }));
  };
  canvas.onpointercancel = cancel;
  canvas.onpointerleave = () => { if (!drag) $(".readout").textContent = ""; };

  function cancel() {
    drag = null;
    draw();
  }
  function click(x, y) {
    const cell = cellAt(x, y);
    if (!cell) return draw();
    const t = timeAt(cell, x, me.view, lay.px);
    const shown = showAt(me.scene, me.rec, cell.lead, t);
    if (shown && shown.scene) return change(shown.scene, shown.said);
    if (shown) say(shown.said);
    else say(tell("place", { lead: cell.lead, t: t.toFixed(2) }));
    Object.assign(cursor, { lead: cell.index, leads: 1, t: clamp(toHundredth(t), 0, me.rec.duration - cursor.span) });
    return draw();
  }
  function readOut(x, y) {
    const cell = cellAt(x, y);
    if (!cell || !me.rec.signal) {
      $(".readout").textContent = "";
      return;
    }
    const t = timeAt(cell, x, me.view, lay.px);
    const v = me.rec.signal[cell.index * me.rec.n + Math.min(me.rec.n - 1, Math.floor(t * me.rec.rate))] / 1000;
    const gone = inRuns(me.rec.absent[cell.lead] || [], t);
    const level = gone ? tell("paper_absent") : levelInWords(v, me.rec);
    canvas.style.cursor = !measuring && inRuns(hiddenRuns(me.scene, me.rec, cell.lead), t) ? "pointer" : "crosshair";
    $(".readout").textContent = tell("level", { lead: cell.lead, t: t.toFixed(2), level });
  }

  // ---- calipers ------------------------------------------------------------------------------
  function takeCaliper(x, y) {
    const cell = cellAt(x, y);
    if (!cell) return false;
    const end = caliperEndAt(caliper, cell, x, y, me.rec, me.view, lay.px);
    const t = timeAt(cell, x, me.view, lay.px);
    caliper = end >= 0 ? { ...caliper, end } : caliperAt(cell.index, t, levelAt(cell, y, me.rec, me.view, lay.px));
    caliper.cell = cell;
    draw();
    return true;
  }
  function stretchCaliper(x, y) {
    const { cell } = caliper;
    const [t, v] = caliper.ends[caliper.end];
    const to = [timeAt(cell, x, me.view, lay.px), levelAt(cell, clamp(y, cell.y, cell.y + cell.h), me.rec, me.view, lay.px)];
    caliper = { ...movedCaliper(caliper, me.rec, to[0] - t, to[1] - v), cell };
    $(".readout").textContent = caliperInWords(caliper, me.rec);
    draw();
  }
  function measure(on) {
    measuring = on;
    if (on && !caliper) {
      const v = traceAt(me.rec, cursor.lead, cursor.t) || 0;
      caliper = movedCaliper(caliperAt(cursor.lead, cursor.t, v), me.rec, cursor.span, 0);
    }
    drag = null;
    writeWords();
    draw();
    say(on ? tell("caliper_keys", { figures: caliperInWords(caliper, me.rec) }) : tell("caliper_away"));
  }
  function measureByKey(key, big) {
    const next = caliperKey(caliper, me.rec, key, big);
    if (!next) return false;
    caliper = next;
    const [t, v] = caliper.ends[caliper.end];
    const figures = caliperInWords(caliper, me.rec);
    say(tell(caliper.end ? "second_end" : "first_end", { figures, t: t.toFixed(2), level: levelInWords(v, me.rec) }));
    draw();
    return true;
  }

  // ---- keyboard ------------------------------------------------------------------------------
  const leadsUnderCursor = () => me.rec.leads.slice(cursor.lead, cursor.lead + cursor.leads);

  function moveCursor(key, size) {
    const last = me.rec.leads.length;
    if (key === "ArrowLeft" || key === "ArrowRight") {
      const step = key === "ArrowLeft" ? -0.1 : 0.1;
      if (size) cursor.span = clamp(toHundredth(cursor.span + step), 0.1, me.rec.duration);
      else cursor.t += step;
    } else {
      const step = key === "ArrowUp" ? -1 : 1;
      if (size) cursor.leads = clamp(cursor.leads + step, 1, last - cursor.lead);
      else cursor.lead = clamp(cursor.lead + step, 0, last - cursor.leads);
    }
    cursor.t = toHundredth(clamp(cursor.t, 0, me.rec.duration - cursor.span));
    const names = leadsUnderCursor();
    const which = names.length > 1 ? tell("range", { first: names[0], last: names[names.length - 1] }) : names[0];
    say(tell("stretch_of", { leads: which, from: cursor.t.toFixed(1), to: (cursor.t + cursor.span).toFixed(1) }));
    draw();
  }
  function hideOrShowAtCursor() {
    const names = leadsUnderCursor();
    const mid = cursor.t + cursor.span / 2;
    const shown = names.map((l) => showAt(me.scene, me.rec, l, mid));
    if (names.length === 1 && shown[0]) {
      return shown[0].scene ? change(shown[0].scene, shown[0].said) : say(shown[0].said);
    }
    const stop = toHundredth(cursor.t + cursor.span);
    return change(hideSpans(me.scene, me.rec, names.map((l) => [l, cursor.t, stop])),
      tell("hidden", { what: tell("stretch", { leads: names.join(", "), from: cursor.t.toFixed(1), to: stop.toFixed(1) }) }));
  }

  canvas.onkeydown = (e) => {
    const key = e.key.length === 1 ? e.key.toLowerCase() : e.key;
    const ctrl = e.ctrlKey || e.metaKey;
    if (key === "c" && !ctrl) measure(!measuring);
    else if (measuring && key === "Escape") measure(false);
    else if (measuring && !ctrl && measureByKey(key, e.shiftKey)) draw();
    else if (key.startsWith("Arrow")) moveCursor(key, e.shiftKey);
    else if ((key === "Enter" || key === " ") && !ctrl) hideOrShowAtCursor();
    else if (key === "l" && !ctrl) toggleLead(me.rec.leads[cursor.lead]);
    else if (key === "Backspace" || (ctrl && key === "z" && !e.shiftKey)) undo();
    else if (ctrl && (key === "y" || (key === "z" && e.shiftKey))) redo();
    else if (key === "Escape" && drag) {
      cancel();
      say(tell("cancelled"));
    } else return;
    e.preventDefault();
    e.stopPropagation();
  };
  canvas.onfocus = () => {
    draw();
    if (!measuring) say(tell("keys"));
  };
  canvas.onblur = () => draw();

  // ---- toolbar -------------------------------------------------------------------------------
  root.querySelectorAll("[data-layout]").forEach((b) => { b.onclick = () => setView({ layout: b.dataset.layout }); });
  root.querySelectorAll("[data-view]").forEach((s) => { s.onchange = () => setView({ [s.dataset.view]: +s.value }); });
  $("[data-strip]").onchange = (e) => { stripOn = e.target.checked; writeWords(); draw(); };
  $("[data-recover]").onchange = (e) => change({ ...me.scene, recover: e.target.checked },
    tell(e.target.checked ? "recovers" : "recovers_not"));
  const actions = {
    undo,
    redo,
    calipers: () => { measure(!measuring); if (measuring) canvas.focus({ preventScroll: true }); },
    clear: () => change({ ...emptyScene(), recover: me.scene.recover }, tell("everything_shown")),
    png: savePicture,
  };
  root.querySelectorAll("[data-do]").forEach((b) => { b.onclick = () => actions[b.dataset.do](); });

  function savePicture() {
    const scale = 2;
    const head = 46;
    const sheet = document.createElement("canvas");
    sheet.width = Math.ceil(lay.width * scale);
    sheet.height = Math.ceil((lay.height + head) * scale);
    const to = sheet.getContext("2d");
    to.setTransform(scale, 0, 0, scale, 0, 0);
    to.fillStyle = "#fff";
    to.fillRect(0, 0, lay.width, lay.height + head);
    to.fillStyle = INK;
    to.textBaseline = "top";
    to.font = "600 14px system-ui, sans-serif";
    to.fillText(me.rec.title, 8, 6);
    to.font = "12px system-ui, sans-serif";
    const what = hidesNothing(me.scene) ? summary() : tell("hidden_head", { what: summary() });
    to.fillText(`${what}  ${scaleInWords()}`, 8, 26);
    to.translate(0, head);
    drawPaper(to, me.rec, lay, me.view);
    paintStrip(to);
    drawTraces(to, me.rec, lay, me.view);
    drawHidden(to, me.rec, lay, me.view, me.scene);
    to.font = "600 12px system-ui, sans-serif";
    to.fillStyle = INK;
    to.textBaseline = "middle";
    for (const cell of lay.cells) {
      const grid = me.view.layout === "3x4";
      to.fillText(cell.lead, grid && !cell.first ? cell.x + 6 : 10, grid ? cell.y + 12 : cell.base);
    }
    sheet.toBlob((blob) => {
      const a = document.createElement("a");
      a.href = URL.createObjectURL(blob);
      a.download = `${me.rec.title.replace(/[^A-Za-z0-9]+/g, "-").replace(/^-|-$/g, "") || "ecg"}.png`;
      a.click();
      setTimeout(() => URL.revokeObjectURL(a.href), 10000);
      say(tell("saved"));
    }, "image/png");
  }

  return me;
}
