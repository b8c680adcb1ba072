// A map such as lead × time: one pixel of the canvas for each cell, words beside it as HTML in the page's theme.
// data: {rows, columns, numbers: whether columns are, values: base64 float32 [row][column], NaN not read, low, high,
// palette, outlined: [[row, first, last]], x, y, unit, alt, height, notRead}.

export default function ({ data, parentElement }) {
  const root = parentElement.querySelector(".heat-map");
  const me = root.scarMap || (root.scarMap = createMap(root));
  me.receive(data);
}

function createMap(root) {
  const $ = (q) => root.querySelector(q);
  const canvas = $("canvas"), said = $(".said");
  let data = null, values = null;

  function receive(sent) {
    data = sent;
    values = new Float32Array(Uint8Array.from(atob(data.values), (c) => c.charCodeAt(0)).buffer);
    root.style.height = `${data.height}px`;
    canvas.setAttribute("aria-label", data.alt);
    $(".x").textContent = data.x;
    $(".y").textContent = data.y;
    $(".unit").textContent = data.unit;
    $(".rows").replaceChildren(...data.rows.map((row) => made("span", row)));
    $(".frames").replaceChildren(...data.outlined.map(frame));
    said.hidden = true;
    paint();
    nameColumns();
    nameScale();
  }

  function paint() {
    const width = data.columns.length, height = data.rows.length;
    const colours = data.palette.map((c) => [1, 3, 5].map((i) => parseInt(c.slice(i, i + 2), 16)));
    canvas.width = width;
    canvas.height = height;
    const g = canvas.getContext("2d");
    const image = g.createImageData(width, height);
    values.forEach((value, i) => {
      if (Number.isNaN(value)) return; // what was not read shows the hatching behind
      const part = (value - data.low) / (data.high - data.low);
      const level = Math.round(Math.min(1, Math.max(0, part)) * (colours.length - 1));
      image.data.set([...colours[level], 255], 4 * i);
    });
    g.putImageData(image, 0, 0);
  }

  function frame([row, first, last]) {
    const at = document.createElement("i"), n = data.columns.length, m = data.rows.length;
    at.style.cssText = `left:${(100 * first) / n}%;width:${(100 * (last + 1 - first)) / n}%;` +
      `top:${(100 * row) / m}%;height:${100 / m}%`;
    return at;
  }

  function nameColumns() {
    const ticks = $(".ticks");
    ticks.className = `ticks ${data.numbers ? "numbers" : "names"}`;
    if (!data.numbers) return ticks.replaceChildren(...data.columns.map((name) => made("span", name)));
    const { columns } = data;
    const half = columns.length > 1 ? (columns[1] - columns[0]) / 2 : 0.5;
    const left = columns[0] - half, right = columns.at(-1) + half; // numbers stand at the middle of their columns
    ticks.replaceChildren(...steps(left, right, 6).map((value) => {
      const tick = made("span", told(value));
      tick.style.left = `${(100 * (value - left)) / (right - left)}%`;
      return tick;
    }));
  }

  function nameScale() {
    $(".scale i").style.background = `linear-gradient(0deg, ${data.palette.join(",")})`;
    const { low, high } = data;
    const marks = [high, ...steps(low, high, 4).filter((v) => v > low + 0.1 * (high - low) && v < high - 0.1 * (high - low)).reverse(), low];
    $(".ends").replaceChildren(...marks.map((value) => {
      const mark = made("span", told(value, 3));
      mark.style.top = `${(100 * (high - value)) / (high - low)}%`;
      return mark;
    }));
  }

  canvas.addEventListener("pointermove", (event) => {
    const box = canvas.getBoundingClientRect();
    const n = data.columns.length, m = data.rows.length;
    const column = Math.min(n - 1, Math.floor((n * (event.clientX - box.left)) / box.width));
    const row = Math.min(m - 1, Math.floor((m * (event.clientY - box.top)) / box.height));
    if (row < 0 || column < 0) return;
    const value = values[row * n + column];
    const where = data.numbers ? told(data.columns[column]) : data.columns[column];
    const what = Number.isNaN(value) ? data.notRead : `${told(value)} ${data.unit}`;
    said.textContent = `${data.rows[row]}, ${where}: ${what}`;
    said.hidden = false;
    const x = event.clientX - box.left, y = event.clientY - box.top;
    said.style.left = `${Math.max(0, Math.min(x + 12, box.width - said.offsetWidth))}px`;
    said.style.top = `${y > 36 ? y - 30 : y + 18}px`;
  });
  canvas.addEventListener("pointerleave", () => { said.hidden = true; });
  return { receive };
}

function made(kind, words) {
  const one = document.createElement(kind);
  one.textContent = words;
  return one;
}

function told(value, digits = 4) {
  return String(+value.toPrecision(digits)).replace("-", "−");
}

function steps(low, high, most) { // round numbers between two
  const rough = (high - low) / most;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((k) => k * power).find((k) => k >= rough);
  const found = [];
  for (let k = Math.ceil(low / step - 1e-9); k * step <= high + 1e-9 * step; k += 1) found.push(+(k * step).toPrecision(12));
  return found;
}
