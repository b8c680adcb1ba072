// Calipers: two points on one lead, what lies between them in ms, mV and beats a minute.
// No DOM in this file. The words are the record's. A caliper is {lead: index, ends: [[t, v], [t, v]], end: 0 | 1, march: bool}.

const CALIPER = "#7a1fa2";
const CALIPER_GRIP_PX = 10;
const SLOWEST_PER_MIN = 20;
const FASTEST_PER_MIN = 400;

const minus = (text) => text.replace("-", "−");
const levelInWords = (v, rec) => `${minus(v.toFixed(2))} ${rec.mv ? rec.words.mv : rec.words.sd}`;

function caliperAt(lead, t, v) {
  return { lead, ends: [[t, v], [t, v]], end: 1, march: false };
}

function caliperFigures(cal) {
  const [[t0, v0], [t1, v1]] = cal.ends;
  const ms = Math.round(Math.abs(t1 - t0) * 1000);
  return { ms, height: v1 - v0, rate: ms ? 60000 / ms : Infinity };
}

function caliperInWords(cal, rec) {
  const { ms, height, rate } = caliperFigures(cal);
  const parts = [rec.leads[cal.lead], filled(rec.words.ms, { ms })];
  if (rate >= SLOWEST_PER_MIN && rate <= FASTEST_PER_MIN) parts.push(filled(rec.words.per_minute, { rate: Math.round(rate) }));
  parts.push(levelInWords(height, rec));
  return parts.join(" · ");
}

// Value of the trace in mV (or SD); null where nothing was recorded.
function traceAt(rec, lead, t) {
  if (!rec.signal || inRuns(rec.absent[rec.leads[lead]] || [], t)) return null;
  return rec.signal[lead * rec.n + clamp(Math.round(t * rec.rate), 0, rec.n - 1)] / 1000;
}

const levelAt = (cell, y, rec, view, px) => (cell.base - y) / (unitHeight(rec, view) * px);
const yAt = (cell, v, rec, view, px) => cell.base - v * unitHeight(rec, view) * px;

// Which end of the caliper is under the pointer, or -1.
function caliperEndAt(cal, cell, x, y, rec, view, px) {
  if (!cal || cal.lead !== cell.index) return -1;
  return cal.ends.findIndex(([t, v]) =>
    t >= cell.t0 && t <= cell.t1 &&
    Math.abs(xAt(cell, t, view, px) - x) <= CALIPER_GRIP_PX && Math.abs(yAt(cell, v, rec, view, px) - y) <= 2 * CALIPER_GRIP_PX);
}

function movedCaliper(cal, rec, dt, dv) {
  const ends = cal.ends.map((end) => [...end]);
  const [t, v] = ends[cal.end];
  ends[cal.end] = [clamp(Math.round((t + dt) * 1000) / 1000, 0, rec.duration), Math.round((v + dv) * 1000) / 1000];
  return { ...cal, ends };
}

// The key's meaning for a caliper: the caliper afterwards, or null if the key is none of its own.
function caliperKey(cal, rec, key, big) {
  const dt = big ? 0.1 : 0.01;
  const dv = (big ? 0.5 : 0.05) * (rec.mv ? 1 : 4);
  const steps = { ArrowLeft: [-dt, 0], ArrowRight: [dt, 0], ArrowUp: [0, dv], ArrowDown: [0, -dv] };
  if (steps[key]) return movedCaliper(cal, rec, ...steps[key]);
  if (key === "Enter" || key === " ") return { ...cal, end: 1 - cal.end };
  if (key === "m") return { ...cal, march: !cal.march };
  if (key === "t") {
    const v = traceAt(rec, cal.lead, cal.ends[cal.end][0]);
    return v === null ? cal : movedCaliper(cal, rec, 0, v - cal.ends[cal.end][1]);
  }
  if (key === "PageUp" || key === "PageDown") {
    const lead = clamp(cal.lead + (key === "PageUp" ? -1 : 1), 0, rec.leads.length - 1);
    return { ...cal, lead, ends: cal.ends.map(([t]) => [t, traceAt(rec, lead, t) || 0]) };
  }
  return null;
}

function drawCaliper(g, rec, lay, view, cal) {
  const { px } = lay;
  for (const cell of lay.cells) {
    if (cell.index !== cal.lead) continue;
    const inside = (t) => t >= cell.t0 - 1e-9 && t <= cell.t1 + 1e-9;
    const [[t0, v0], [t1, v1]] = cal.ends;
    if (!inside(t0) && !inside(t1)) continue;
    g.save();
    g.beginPath();
    g.rect(cell.x, 0, cell.w, lay.height);
    g.clip();
    g.strokeStyle = CALIPER;
    g.fillStyle = CALIPER;
    const [x0, x1] = [xAt(cell, t0, view, px), xAt(cell, t1, view, px)];
    const [y0, y1] = [yAt(cell, v0, rec, view, px), yAt(cell, v1, rec, view, px)];
    g.lineWidth = 1.5;
    g.beginPath();
    for (const x of [x0, x1]) {
      g.moveTo(x, cell.y + 1);
      g.lineTo(x, cell.y + cell.h - 1);
    }
    g.stroke();
    g.setLineDash([4, 3]);
    g.beginPath();
    for (const y of [y0, y1]) {
      g.moveTo(Math.min(x0, x1) - 8, y);
      g.lineTo(Math.max(x0, x1) + 8, y);
    }
    const step = Math.abs(t1 - t0);
    if (cal.march && step >= 0.1) {
      for (let t = Math.min(t0, t1) - Math.floor((Math.min(t0, t1) - cell.t0) / step) * step; t <= cell.t1; t += step) {
        const x = xAt(cell, t, view, px);
        g.moveTo(x, cell.y + 2);
        g.lineTo(x, cell.y + cell.h - 2);
      }
    }
    g.stroke();
    g.setLineDash([]);
    g.beginPath();
    const [gx, gy] = cal.end ? [x1, y1] : [x0, y0];
    g.arc(gx, gy, 4, 0, 2 * Math.PI);
    g.fill();
    g.restore();
    drawCaliperWord(g, caliperInWords(cal, rec), Math.max(x0, x1) + 10, Math.min(y0, y1), lay);
  }
}

function drawCaliperWord(g, text, x, y, lay) {
  g.font = "600 12px system-ui, sans-serif";
  const w = g.measureText(text).width + 10;
  const left = clamp(x, lay.left, lay.width - w - 2);
  const top = clamp(y - 9, 2, lay.height - 20);
  g.fillStyle = "rgba(255,255,255,.94)";
  g.fillRect(left, top, w, 18);
  g.fillStyle = CALIPER;
  g.textBaseline = "middle";
  g.fillText(text, left + 5, top + 9.5);
}
