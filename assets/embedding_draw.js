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

// A disc as steps through the image's bytes, each with its cover (0..255) by supersampling.
function disc(radius, width, alpha) {
  const reach = Math.ceil(radius);
  const [steps, cover, xs, ys] = [[], [], [], []];
  for (let y = -reach; y <= reach; y++) {
    for (let x = -reach; x <= reach; x++) {
      let n = 0;
      for (let k = 0; k < 16; k++) {
        const dx = x + ((k & 3) - 1.5) / 4;
        const dy = y + ((k >> 2) - 1.5) / 4;
        if (dx * dx + dy * dy <= radius * radius) n++;
      }
      if (!n) continue;
      steps.push((y * width + x) * 4);
      cover.push(Math.round((255 * n * alpha) / 16));
      xs.push(x);
      ys.push(y);
    }
  }
  return { reach, steps: Int32Array.from(steps), cover: Int32Array.from(cover), xs, ys };
}

function pointRadius(n, zoom) {
  const base = n > 12000 ? 1.3 : n > 4000 ? 1.8 : n > 1500 ? 2.3 : 3;
  return base * Math.min(2.2, Math.sqrt(Math.max(1, zoom)));
}

// Set points into an image; where some are selected the others are faint and lie below them.
function plotPoints(image, xy, levels, colours, frame, scale, look) {
  const { width, height } = image;
  const bytes = new Uint8Array(image.data.buffer);
  const bg = look.background;
  new Uint32Array(image.data.buffer).fill((255 << 24) | (bg[2] << 16) | (bg[1] << 8) | bg[0]);
  const n = xy.length / 2;
  const { selected } = look;
  for (const faint of selected ? [true, false] : [false]) {
    const dot = disc(look.radius * scale, width, faint ? look.faint : look.alpha);
    const { reach, steps, cover } = dot;
    for (let i = 0; i < n; i++) {
      if (selected && !selected[i] !== faint) continue;
      const cx = Math.round((frame.x + xy[2 * i] * frame.k) * scale);
      const cy = Math.round((frame.y - xy[2 * i + 1] * frame.k) * scale);
      if (cx < -reach || cy < -reach || cx >= width + reach || cy >= height + reach) continue;
      const whole = cx >= reach && cy >= reach && cx < width - reach && cy < height - reach;
      const c = levels[i] * 3;
      const r = colours[c];
      const g = colours[c + 1];
      const b = colours[c + 2];
      const middle = (cy * width + cx) * 4;
      for (let k = 0; k < steps.length; k++) {
        if (!whole) {
          const x = cx + dot.xs[k];
          const y = cy + dot.ys[k];
          if (x < 0 || y < 0 || x >= width || y >= height) continue;
        }
        const at = middle + steps[k];
        const a = cover[k];
        bytes[at] += ((r - bytes[at]) * a) >> 8;
        bytes[at + 1] += ((g - bytes[at + 1]) * a) >> 8;
        bytes[at + 2] += ((b - bytes[at + 2]) * a) >> 8;
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
