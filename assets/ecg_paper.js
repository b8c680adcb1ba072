// ECG paper: where every lead lies, and how paper, traces and what is hidden are drawn.
// Lengths are millimetres of paper until they are multiplied by px (CSS pixels per millimetre).

const INK = "#12161c";
const PAPER = "#fffaf8";
const HIDDEN = "#00538a";
const BADGE_COLUMN_PX = 54;
const PULSE_MM = 9;
const PULSE_SECONDS = 0.2;

function clamp(v, lo, hi) {
  return Math.max(lo, Math.min(hi, v));
}

// mm per unit (mV, or SD for standardised records, whose usual range is four times wider).
const unitHeight = (rec, view) => (rec.mv ? view.gain : view.gain / 4);

function rowPitch(rec, view) {
  const tallest = Math.max(...rec.swing) * unitHeight(rec, view);
  return view.layout === "3x4" ? clamp(tallest + 10, 28, 60) : clamp(0.62 * tallest + 4, 14, 34);
}

// Cells are the stretches of one lead that the paper shows; a lead may have two (rhythm strip).
function layOut(rec, view, px, room) {
  const pitch = rowPitch(rec, view);
  const left = BADGE_COLUMN_PX + PULSE_MM * px;
  const first = view.layout === "3x4" ? Math.max(...rec.swing) : rec.swing[0];
  const headroom = clamp(first * unitHeight(rec, view) - 0.5 * pitch, 4, 20);
  const cells = [];
  const rows = [];
  const addRow = (leads, part) => {
    const y = (headroom + rows.length * pitch) * px;
    rows.push({ y, base: y + pitch * px * 0.56 });
    leads.forEach((lead, i) => {
      const t0 = part ? (i * rec.duration) / leads.length : 0;
      const t1 = part ? ((i + 1) * rec.duration) / leads.length : rec.duration;
      cells.push({
        lead,
        index: rec.leads.indexOf(lead),
        t0,
        t1,
        x: left + t0 * view.speed * px,
        w: (t1 - t0) * view.speed * px,
        y,
        h: pitch * px,
        base: rows[rows.length - 1].base,
        first: i === 0,
        strip: false,
      });
    });
  };
  if (view.layout === "3x4") {
    for (let r = 0; r < 3; r++) addRow([0, 3, 6, 9].map((c) => rec.leads[c + r]), true);
    addRow(["II"], false);
    cells[cells.length - 1].strip = true;
  } else {
    for (const lead of rec.leads) addRow([lead], false);
  }
  const width = Math.max(room, left + rec.duration * view.speed * px + px * 2);
  return { cells, rows, left, width, height: (headroom + rows.length * pitch) * px + 2, px };
}

const timeAt = (cell, x, view, px) => clamp(cell.t0 + (x - cell.x) / (view.speed * px), cell.t0, cell.t1);
const xAt = (cell, t, view, px) => cell.x + (t - cell.t0) * view.speed * px;

function drawGrid(g, lay) {
  const { px, width, height } = lay;
  g.fillStyle = PAPER;
  g.fillRect(BADGE_COLUMN_PX, 0, width - BADGE_COLUMN_PX, height);
  const from = lay.left;
  const crisp = (v) => Math.round(v) + 0.5;
  // Where millimetres are hardly two pixels wide, their lines would add up to a red wash.
  for (const [step, colour] of [[1, px < 2.6 ? "#fbebe7" : "#f8e1dc"], [5, "#eab5ac"]]) {
    g.strokeStyle = colour;
    g.lineWidth = 1;
    g.beginPath();
    for (let k = -Math.floor((from - BADGE_COLUMN_PX) / (step * px)); from + k * step * px <= width; k++) {
      const x = crisp(from + k * step * px);
      g.moveTo(x, 0);
      g.lineTo(x, height);
    }
    for (let y = 0; y <= height; y += step * px) {
      g.moveTo(BADGE_COLUMN_PX, crisp(y));
      g.lineTo(width, crisp(y));
    }
    g.stroke();
  }
}

function drawPulse(g, lay, row, view) {
  const { px } = lay;
  const w = PULSE_SECONDS * view.speed * px;
  const x = lay.left - PULSE_MM * px + Math.max(0, (PULSE_MM * px - w) / 2);
  const top = row.base - (view.pulse_mm || 10) * px;
  g.beginPath();
  g.moveTo(lay.left - PULSE_MM * px + 1, row.base);
  g.lineTo(x, row.base);
  g.lineTo(x, top);
  g.lineTo(x + w, top);
  g.lineTo(x + w, row.base);
  g.lineTo(lay.left - 1, row.base);
  g.stroke();
}

// Highest and lowest sample of every pixel column, so that no R peak is lost between pixels.
function tracePath(rec, cell, view, px) {
  const path = new Path2D();
  const { signal, n, rate } = rec;
  const unit = (unitHeight(rec, view) * px) / 1000;
  const from = cell.index * n;
  const first = Math.max(0, Math.floor(cell.t0 * rate));
  const last = Math.min(n, Math.ceil(cell.t1 * rate));
  const absent = rec.absent[cell.lead] || [];
  const perPixel = rate / (view.speed * px);
  const y = (v) => cell.base - v * unit;
  let open = false;
  const step = perPixel <= 2 ? 1 : perPixel / 2;
  for (let k = first; k < last; k += step) {
    const a = Math.floor(k);
    const b = Math.min(last, Math.max(a + 1, Math.floor(k + step)));
    if (absent.length && inRuns(absent, a / rate)) {
      open = false;
      continue;
    }
    let lo = a;
    let hi = a;
    for (let i = a; i < b; i++) {
      if (signal[from + i] < signal[from + lo]) lo = i;
      if (signal[from + i] > signal[from + hi]) hi = i;
    }
    for (const i of lo < hi ? [lo, hi] : lo > hi ? [hi, lo] : [lo]) {
      const x = cell.x + (i / rate - cell.t0) * view.speed * px;
      if (open) path.lineTo(x, y(signal[from + i]));
      else path.moveTo(x, y(signal[from + i]));
      open = true;
    }
  }
  return path;
}

function hatch(g, x, y, w, h, colour, gap) {
  g.save();
  g.beginPath();
  g.rect(x, y, w, h);
  g.clip();
  g.strokeStyle = colour;
  g.lineWidth = 1;
  g.beginPath();
  // Anchored to the paper, not to the rectangle: the pattern stands still while a drag grows.
  for (let k = Math.floor((x - h) / gap) * gap; k < x + w + h; k += gap) {
    g.moveTo(k, y + h);
    g.lineTo(k + h, y);
  }
  g.stroke();
  g.restore();
}

// The first of the texts that fits into the width; none if none does.
function drawWord(g, texts, x, y, w, colour) {
  g.font = "600 11px system-ui, sans-serif";
  const text = texts.find((t) => g.measureText(t).width + 8 <= w);
  if (!text) return;
  const need = g.measureText(text).width + 8;
  const at = x + (w - need) / 2;
  g.fillStyle = "rgba(255,255,255,.9)";
  g.fillRect(at, y - 8, need, 16);
  g.fillStyle = colour;
  g.textBaseline = "middle";
  g.fillText(text, at + 4, y + 0.5);
}

function drawAbsent(g, rec, lay, view) {
  for (const cell of lay.cells) {
    for (const [a, b] of rec.absent[cell.lead] || []) {
      const x0 = xAt(cell, Math.max(a, cell.t0), view, lay.px);
      const w = xAt(cell, Math.min(b, cell.t1), view, lay.px) - x0;
      if (w <= 0) continue;
      g.fillStyle = "rgba(120,124,130,.16)";
      g.fillRect(x0, cell.y + 1, w, cell.h - 2);
      hatch(g, x0, cell.y + 1, w, cell.h - 2, "rgba(95,100,108,.5)", 5);
      drawWord(g, [rec.words.paper_absent], x0, cell.y + cell.h / 2, w, "#41464d");
    }
  }
}

// What no gesture changes is drawn once and kept as two pictures, because importance lies
// between them: over the paper, under the traces.
function drawPaper(g, rec, lay, view) {
  drawGrid(g, lay);
  drawAbsent(g, rec, lay, view);
}

function drawTraces(g, rec, lay, view) {
  g.strokeStyle = INK;
  g.lineJoin = "round";
  g.lineWidth = 1.15;
  if (rec.signal) for (const cell of lay.cells) g.stroke(tracePath(rec, cell, view, lay.px));
  g.lineWidth = 1;
  for (const row of lay.rows) drawPulse(g, lay, row, view);
  if (view.layout !== "3x4") return;
  g.beginPath();
  for (const cell of lay.cells) {
    if (cell.first) continue;
    g.moveTo(cell.x, cell.base - 4 * lay.px);
    g.lineTo(cell.x, cell.base + 4 * lay.px);
  }
  g.stroke();
}

function drawHidden(g, rec, lay, view, scene) {
  const again = scene.recover ? recomputedRuns(scene, rec) : {};
  for (const cell of lay.cells) {
    const all = hiddenRuns(scene, rec, cell.lead);
    const back = again[cell.lead] || [];
    for (const [runs, recomputed] of [[runsWithout(all, back), false], [back, true]]) {
      for (const [a, b] of runs) {
        const x = xAt(cell, Math.max(a, cell.t0), view, lay.px);
        const w = xAt(cell, Math.min(b, cell.t1), view, lay.px) - x;
        if (w <= 0) continue;
        const y = cell.y + 1;
        const h = cell.h - 2;
        g.fillStyle = recomputed ? "rgba(0,83,138,.08)" : "rgba(0,83,138,.26)";
        g.fillRect(x, y, w, h);
        if (!recomputed) hatch(g, x, y, w, h, "rgba(0,83,138,.5)", 8);
        g.strokeStyle = HIDDEN;
        g.lineWidth = 2;
        g.setLineDash(recomputed ? [2, 4] : []);
        g.strokeRect(x + 1, y + 1, Math.max(0, w - 2), h - 2);
        g.setLineDash([]);
        const why = electrodesTaking(scene, rec, cell.lead);
        const { words } = rec;
        const texts = recomputed
          ? [words.paper_again_long, words.paper_again]
          : [...(why.length ? [filled(words.paper_off, { electrodes: why.join(", ") })] : []), words.paper_hidden];
        drawWord(g, texts, x, y + h / 2, w, "#00395f");
      }
    }
  }
}

// strip = {patch_s, rows: Uint8Array per lead and patch, 255 = not read}, palette = ["#rrggbb"].
function drawImportance(g, rec, lay, view, scene, strip) {
  const high = clamp(1.3 * lay.px, 3, 6);
  for (const cell of lay.cells) {
    const row = strip.rows[cell.index];
    const hidden = scene.recover ? [] : hiddenRuns(scene, rec, cell.lead);
    if (!row) continue;
    row.forEach((level, p) => {
      const a = Math.max(p * strip.patch_s, cell.t0);
      const b = Math.min((p + 1) * strip.patch_s, cell.t1);
      if (b <= a || level === 255 || inRuns(hidden, (a + b) / 2)) return;
      const x = xAt(cell, a, view, lay.px);
      g.fillStyle = rec.palette[level];
      g.fillRect(x, cell.y + cell.h - high - 1, xAt(cell, b, view, lay.px) - x + 0.5, high);
    });
  }
}

function drawCursor(g, lay, view, cursor) {
  for (const cell of lay.cells) {
    if (cell.index < cursor.lead || cell.index >= cursor.lead + cursor.leads) continue;
    const a = Math.max(cursor.t, cell.t0);
    const b = Math.min(cursor.t + cursor.span, cell.t1);
    if (b <= a) continue;
    const x = xAt(cell, a, view, lay.px);
    g.strokeStyle = "#b34700";
    g.lineWidth = 2;
    g.setLineDash([5, 3]);
    g.strokeRect(x, cell.y + 2, xAt(cell, b, view, lay.px) - x, cell.h - 4);
    g.setLineDash([]);
  }
}

// Cells under a dragged rectangle, each with the stretch of its lead that the rectangle covers.
function cellsUnder(lay, view, x0, y0, x1, y1) {
  const [left, right] = [Math.min(x0, x1), Math.max(x0, x1)];
  const [top, bottom] = [Math.min(y0, y1), Math.max(y0, y1)];
  return lay.cells
    .filter((c) => c.x < right && c.x + c.w > left && c.y <= bottom && c.y + c.h > top)
    .map((c) => ({ cell: c, a: timeAt(c, left, view, lay.px), b: timeAt(c, right, view, lay.px) }));
}
