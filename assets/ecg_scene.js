// What is hidden, as plain values: no DOM in this file.
// A scene is {leads: [name], electrodes: [name], spans: [[lead, start_s, stop_s]], recover: bool}.
// "facts" are fixed for one record: {leads, duration, takes: {electrode: [lead]}, absent: {lead: [[a, b]]}, mv: bool,
// words: {key: text}}.

const LIMB_LEADS = ["I", "II", "III", "aVR", "aVL", "aVF"];
const SHORTEST_SPAN_S = 0.04;

const emptyScene = () => ({ leads: [], electrodes: [], spans: [], recover: false });
const copyScene = (s) => ({
  leads: [...s.leads],
  electrodes: [...s.electrodes],
  spans: s.spans.map((p) => [...p]),
  recover: !!s.recover,
});
const sameScene = (a, b) => JSON.stringify(a) === JSON.stringify(b);
const hidesNothing = (s) => !s.leads.length && !s.electrodes.length && !s.spans.length;
const toHundredth = (t) => Math.round(t * 100) / 100;

function unionOfRuns(runs) {
  const sorted = runs.map((r) => [...r]).sort((a, b) => a[0] - b[0]);
  const out = [];
  for (const run of sorted) {
    const last = out[out.length - 1];
    if (last && run[0] <= last[1] + 1e-9) last[1] = Math.max(last[1], run[1]);
    else out.push(run);
  }
  return out;
}

// Overlapping spans of one lead become one, in the order of the leads on the paper.
function tidyScene(scene, facts) {
  const spans = [];
  for (const lead of facts.leads) {
    const runs = scene.spans.filter((s) => s[0] === lead).map((s) => [s[1], s[2]]);
    for (const [a, b] of unionOfRuns(runs)) {
      if (b - a >= SHORTEST_SPAN_S - 1e-9) spans.push([lead, toHundredth(a), toHundredth(b)]);
    }
  }
  return {
    leads: facts.leads.filter((l) => scene.leads.includes(l)),
    electrodes: Object.keys(facts.takes).filter((e) => scene.electrodes.includes(e)),
    spans,
    recover: !!scene.recover,
  };
}

const toggled = (list, item) =>
  list.includes(item) ? list.filter((x) => x !== item) : [...list, item];

const electrodesTaking = (scene, facts, lead) =>
  scene.electrodes.filter((e) => facts.takes[e].includes(lead));

function hiddenRuns(scene, facts, lead) {
  if (scene.leads.includes(lead) || electrodesTaking(scene, facts, lead).length) {
    return [[0, facts.duration]];
  }
  return unionOfRuns(scene.spans.filter((s) => s[0] === lead).map((s) => [s[1], s[2]]));
}

const inRuns = (runs, t) => runs.some(([a, b]) => t >= a && t < b);

// Stretches of hidden limb leads that two readable limb leads determine: {lead: [[a, b]]}.
function recomputedRuns(scene, facts) {
  const found = Object.fromEntries(facts.leads.map((l) => [l, []]));
  if (!facts.mv) return found;
  const limbs = LIMB_LEADS.filter((l) => facts.leads.includes(l));
  const hidden = Object.fromEntries(limbs.map((l) => [l, hiddenRuns(scene, facts, l)]));
  const cuts = new Set([0, facts.duration]);
  for (const l of limbs) {
    for (const run of [...hidden[l], ...(facts.absent[l] || [])]) run.forEach((t) => cuts.add(t));
  }
  const edges = [...cuts].sort((a, b) => a - b);
  for (let i = 0; i + 1 < edges.length; i++) {
    const mid = (edges[i] + edges[i + 1]) / 2;
    const readable = limbs.filter((l) => !inRuns(hidden[l], mid) && !inRuns(facts.absent[l] || [], mid));
    if (readable.length < 2) continue;
    for (const l of limbs) if (inRuns(hidden[l], mid)) found[l].push([edges[i], edges[i + 1]]);
  }
  for (const l of limbs) found[l] = runsWithout(unionOfRuns(found[l]), facts.absent[l] || []);
  return found;
}

function runsWithout(runs, taken) {
  let left = runs.map((r) => [...r]);
  for (const [a, b] of taken) {
    left = left.flatMap(([x, y]) =>
      b <= x || a >= y ? [[x, y]] : [[x, Math.min(a, y)], [Math.max(b, x), y]].filter(([p, q]) => q - p > 1e-9),
    );
  }
  return left;
}

function hideSpans(scene, facts, spans) {
  return tidyScene({ ...scene, spans: [...scene.spans, ...spans] }, facts);
}

// A click on something hidden: the scene that shows it again, or why a click cannot do that.
function showAt(scene, facts, lead, t) {
  if (scene.leads.includes(lead)) {
    return { scene: { ...scene, leads: scene.leads.filter((l) => l !== lead) }, said: filled(facts.words.shown, { what: lead }) };
  }
  const off = electrodesTaking(scene, facts, lead);
  if (off.length) {
    return { scene: null, said: filled(facts.words.lost, { lead, electrodes: off.join(facts.words.and) }) };
  }
  const span = scene.spans.find((s) => s[0] === lead && t >= s[1] && t < s[2]);
  if (!span) return null;
  return {
    scene: { ...scene, spans: scene.spans.filter((s) => s !== span) },
    said: filled(facts.words.shown, { what: spanInWords(span, facts.words.stretch) }),
  };
}

const spanInWords = ([leads, from, to], words) => filled(words, { leads, from: from.toFixed(2), to: to.toFixed(2) });

// The list under the paper: what is hidden, in words, each with the scene that shows it again.
function hiddenInWords(scene, facts) {
  const { words } = facts;
  const items = [];
  for (const e of scene.electrodes) {
    items.push({
      text: filled(words.electrode_takes, { electrode: e, leads: facts.takes[e].join(", ") }),
      undo: words.reconnect,
      scene: { ...scene, electrodes: scene.electrodes.filter((x) => x !== e) },
    });
  }
  for (const l of scene.leads) {
    items.push({ text: filled(words.whole_lead, { lead: l }), undo: words.show, scene: { ...scene, leads: scene.leads.filter((x) => x !== l) } });
  }
  for (const s of scene.spans) {
    items.push({
      text: spanInWords(s, words.stretch_of),
      undo: words.show,
      scene: { ...scene, spans: scene.spans.filter((x) => x !== s) },
    });
  }
  return items;
}
