// Drawing a panel of the map. Points are set into an image byte by byte: twenty thousand take a few
// milliseconds without a graphics card, where paths take a second. Pure functions of their arguments.

const FULL = 32767;

// Places (int16) to pixels of a square or wider panel; zoom 1 shows all of it.
function makeFrame(width, height, view) {
  const side = (Math.min(width, height) / 2) * 0.94 * view.zoom;
  return { k: side / FULL, x: width / 2 - view.x * side, y: height / 2 + view.y * side, width, height };
}
const toX = (f, v) => f.x + v * f.k;
const toY = (f, v) => f.y - v * f.k;

function rgb(hex) {
  const n = parseInt(hex.slice(1), 16);
  return [(n >> 16) & 255, (n >> 8) & 255, n & 255];
}

// A disc's cover of each pixel, 0..255, by supersampling.
function disc(radius) {
  const reach = Math.ceil(radius);
  const size = 2 * reach + 1;
  const cover = new Uint8Array(size * size);
  for (let y = 0; y < size; y++) {
    for (let x = 0; x < size; x++) {
      let n = 0;
      for (let k = 0; k < 16; k++) {
        const dx = x - reach + ((k & 3) - 1.5) / 4;
        const dy = y - reach + ((k >> 2) - 1.5) / 4;
        if (dx * dx + dy * dy <= radius * radius) n++;
      }
      cover[y * size + x] = Math.round((255 * n) / 16);
    }
  }
  return { reach, size, cover };
}

function pointRadius(n, zoom) {
  const base = n > 12000 ? 1.3 : n > 4000 ? 1.8 : n > 1500 ? 2.3 : 3;
  return base * Math.min(2.2, Math.sqrt(Math.max(1, zoom)));
}

// Set points into an image. `style(i)` is 0 (leave out), 1 (faint) or 2 (full).
function plotPoints(image, xy, levels, colours, frame, scale, look) {
  const { width, height, data } = image;
  const pixels = data;
  const bg = look.background;
  const fill = new Uint32Array(data.buffer);
  fill.fill((255 << 24) | (bg[2] << 16) | (bg[1] << 8) | bg[0]);
  const dot = disc(look.radius * scale);
  const n = xy.length / 2;
  const passes = look.selected ? [1, 2] : [2];
  for (const pass of passes) {
    const alpha = pass === 2 ? look.alpha : look.faint;
    for (let i = 0; i < n; i++) {
      if (look.selected && (look.selected[i] ? 2 : 1) !== pass) continue;
      const cx = Math.round((frame.x + xy[2 * i] * frame.k) * scale);
      const cy = Math.round((frame.y - xy[2 * i + 1] * frame.k) * scale);
      if (cx < -dot.reach || cy < -dot.reach || cx >= width + dot.reach || cy >= height + dot.reach) continue;
      const c = levels[i] * 3;
      const r = colours[c];
      const g = colours[c + 1];
      const b = colours[c + 2];
      for (let dy = 0; dy < dot.size; dy++) {
        const y = cy + dy - dot.reach;
        if (y < 0 || y >= height) continue;
        for (let dx = 0; dx < dot.size; dx++) {
          const cover = dot.cover[dy * dot.size + dx];
          if (!cover) continue;
          const x = cx + dx - dot.reach;
          if (x < 0 || x >= width) continue;
          const at = (y * width + x) * 4;
          const a = cover * alpha;
          pixels[at] += ((r - pixels[at]) * a) >> 8;
          pixels[at + 1] += ((g - pixels[at + 1]) * a) >> 8;
          pixels[at + 2] += ((b - pixels[at + 2]) * a) >> 8;
        }
      }
    }
  }
}

// The point nearest to a pixel, or −1 if none is within `reach` pixels.
function nearestPoint(xy, frame, x, y, reach) {
  let best = -1;
  let away = reach * reach;
  for (let i = 0; i < xy.length / 2; i++) {
    const dx = frame.x + xy[2 * i] * frame.k - x;
    const dy = frame.y - xy[2 * i + 1] * frame.k - y;
    const d = dx * dx + dy * dy;
    if (d < away) {
      away = d;
      best = i;
    }
  }
  return best;
}

// The nearest point in a direction: what an arrow key moves to.
function nextPoint(xy, from, key) {
  const [ux, uy] = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] }[key];
  let best = -1;
  let cost = Infinity;
  for (let i = 0; i < xy.length / 2; i++) {
    const dx = xy[2 * i] - xy[2 * from];
    const dy = xy[2 * i + 1] - xy[2 * from + 1];
    const along = dx * ux + dy * uy;
    const across = Math.abs(dx * uy) + Math.abs(dy * ux);
    if (along <= 0 || across > along) continue;
    const c = along + 2 * across;
    if (c < cost) {
      cost = c;
      best = i;
    }
  }
  return best;
}

function inside(polygon, x, y) {
  let odd = false;
  for (let i = 0, j = polygon.length - 1; i < polygon.length; j = i++) {
    const [xi, yi] = polygon[i];
    const [xj, yj] = polygon[j];
    if (yi > y !== yj > y && x < ((xj - xi) * (y - yi)) / (yj - yi) + xi) odd = !odd;
  }
  return odd;
}

// Rows of the points inside a lasso.
function lassoed(xy, frame, polygon) {
  const xs = polygon.map((p) => p[0]);
  const ys = polygon.map((p) => p[1]);
  const [x0, x1, y0, y1] = [Math.min(...xs), Math.max(...xs), Math.min(...ys), Math.max(...ys)];
  const found = [];
  for (let i = 0; i < xy.length / 2; i++) {
    const x = frame.x + xy[2 * i] * frame.k;
    const y = frame.y - xy[2 * i + 1] * frame.k;
    if (x >= x0 && x <= x1 && y >= y0 && y <= y1 && inside(polygon, x, y)) found.push(i);
  }
  return found;
}

function ring(g, x, y, radius, colour, halo, width = 2) {
  g.beginPath();
  g.arc(x, y, radius, 0, 7);
  g.strokeStyle = halo;
  g.lineWidth = width + 2;
  g.stroke();
  g.strokeStyle = colour;
  g.lineWidth = width;
  g.stroke();
}

// An arrow from where a record lay to where it lies now; a hollow end is not to be believed.
function arrow(g, x0, y0, x1, y1, look, strange, colour) {
  const length = Math.hypot(x1 - x0, y1 - y0);
  g.strokeStyle = look.ink;
  g.globalAlpha = look.arrowAlpha;
  g.lineWidth = 1.1;
  if (length > 3) {
    g.setLineDash(strange ? [3, 3] : []);
    g.beginPath();
    g.moveTo(x0, y0);
    g.lineTo(x1, y1);
    g.stroke();
    g.setLineDash([]);
  }
  g.globalAlpha = 1;
  g.beginPath();
  g.arc(x1, y1, 3.4, 0, 7);
  g.fillStyle = strange ? look.paper : colour;
  g.fill();
  g.strokeStyle = strange ? colour : look.ink;
  g.lineWidth = strange ? 1.6 : 1;
  g.stroke();
}
