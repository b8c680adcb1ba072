// Plays nested masks: {leads, patches, seconds, frames: base64 uint8 [step][lead][patch], says,
// palette, top, words}. 255 is hidden, 254 was not recorded. Whoever prefers reduced motion gets a
// button that goes one step at a time.

const STEP_MS = 450;

export default function (component) {
  const root = component.parentElement.querySelector("#growth");
  const me = root._growth || (root._growth = createPlayer(root));
  me.receive(component.data);
  return () => me.pause();
}

function createPlayer(root) {
  const $ = (q) => root.querySelector(q);
  const still = window.matchMedia("(prefers-reduced-motion: reduce)");
  const play = $(".play");
  const slider = $("input");
  const canvas = $("canvas");
  const hatch = makeHatch();
  let data = null;
  let bytes = null;
  let timer = 0;

  const steps = () => data.says.length - 1;

  function receive(sent) {
    const fresh = !data || data.frames !== sent.frames;
    data = sent;
    if (!fresh) return;
    pause();
    bytes = Uint8Array.from(atob(data.frames), (c) => c.charCodeAt(0));
    $(".name").textContent = data.words.slider;
    $(".rows").replaceChildren(...data.leads.map((lead) => text("span", lead)));
    const ticks = [0, 0.2, 0.4, 0.6, 0.8, 1].map((part) => `${+(part * data.seconds).toFixed(1)}`);
    ticks[5] += ` ${data.words.seconds}`;
    $(".ticks").replaceChildren(...ticks.map((tick) => text("span", tick)));
    $(".low").textContent = data.words.less;
    $(".high").textContent = data.top;
    $(".hidden").textContent = data.words.hidden;
    $(".ramp").style.background = `linear-gradient(90deg, ${data.palette.join(",")})`;
    slider.max = steps();
    const kept = window.scarGrowth; // whoever scrolls away and back finds the step that was shown
    slider.value = kept?.frames === data.frames ? kept.step : Math.min(Math.round(steps() / 3), steps());
    draw();
  }

  function draw() {
    const step = +slider.value;
    window.scarGrowth = { frames: data.frames, step };
    const rows = data.leads.length;
    const size = 12;
    canvas.width = data.patches * size;
    canvas.height = rows * size * 2;
    const g = canvas.getContext("2d");
    const fill = g.createPattern(hatch, "repeat");
    for (let lead = 0; lead < rows; lead += 1) {
      for (let patch = 0; patch < data.patches; patch += 1) {
        const level = bytes[(step * rows + lead) * data.patches + patch];
        g.fillStyle = level === 255 ? fill : level === 254 ? "#9aa0a8" : data.palette[level];
        g.fillRect(patch * size, lead * size * 2, size, size * 2);
      }
    }
    const said = data.says[step];
    $(".says").textContent = said;
    canvas.setAttribute("aria-label", said);
    slider.setAttribute("aria-valuetext", said);
    label();
  }

  function label() {
    const ended = +slider.value >= steps();
    const { words } = data;
    play.textContent = timer ? words.pause : ended ? words.again : still.matches ? words.next : words.play;
  }

  function pause() {
    clearInterval(timer);
    timer = 0;
    if (data) label();
  }

  function forward() {
    if (+slider.value >= steps()) return pause();
    slider.value = +slider.value + 1;
    draw();
    if (+slider.value >= steps()) pause();
  }

  play.addEventListener("click", () => {
    if (timer) return pause();
    if (+slider.value >= steps()) slider.value = 0;
    else if (still.matches) return forward();
    if (!still.matches) timer = setInterval(forward, STEP_MS);
    draw();
  });
  slider.addEventListener("input", () => { pause(); draw(); });
  still.addEventListener("change", () => { pause(); });
  return { receive, pause };
}

function text(kind, words) {
  const made = document.createElement(kind);
  made.textContent = words;
  return made;
}

function makeHatch() {
  const tile = document.createElement("canvas");
  tile.width = tile.height = 6;
  const g = tile.getContext("2d");
  g.fillStyle = "#d5e2ec";
  g.fillRect(0, 0, 6, 6);
  g.strokeStyle = "#00538a";
  g.beginPath();
  for (const at of [-6, 0, 6]) { g.moveTo(at, 6); g.lineTo(at + 6, 0); }
  g.stroke();
  return tile;
}
