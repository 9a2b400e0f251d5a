"use strict";
(async () => {
  const byId = (id) => document.getElementById(id);
  // Sentences are most of a page, and a third of their size when packed.
  async function unpack(text) {
    const bytes = Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
    return new Response(new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"))).json();
  }
  const held = byId("data"), list = document.querySelector(".sentences");
  const readable = held && "DecompressionStream" in window;
  const data = readable ? await unpack(held.textContent) : { lines: [] };
  if (held && !readable) list.append("The sentences need a browser of 2023 or later: this one cannot unpack them.");
  const element = (name, attributes, ...children) => {
    const made = document.createElement(name);
    for (const [key, value] of Object.entries(attributes)) if (value) made.setAttribute(key, value);
    made.append(...children);
    return made;
  };
  const hiddenText = (text) => element("span", { class: "hidden-text" }, text);
  const titles = Object.fromEntries(data.kinds || []);
  const named = (numbers) => numbers.map((number) => data.types[number]).join(", ");
  // What stands behind a finding: its type, or those of both sides.
  function label(kind, gold, predicted) {
    if (kind === "correct" || !data.judged) return [named(kind === "correct" ? gold : predicted)];
    const sides = [];
    if (gold.length) sides.push(hiddenText("gold "), element("span", { class: "tg" }, named(gold)));
    if (gold.length && predicted.length) sides.push(" ", element("span", { "aria-hidden": "true" }, "/"), " ");
    if (predicted.length) sides.push(hiddenText("predicted "), element("span", { class: "tp" }, named(predicted)));
    return [...sides, hiddenText(` (${titles[kind]})`)];
  }
  // What Python packed: a kind that tells which sides there are has its types and one text alone.
  function unpacked([number, ...rest]) {
    const [kind] = data.kinds[number];
    if (kind === "boundaries") return [kind, ...rest];
    const text = rest.pop(), [first, second = first] = rest;
    if (kind === "missed") return [kind, [first], [], text, 1];
    if (kind === "spurious") return [kind, [], [first], text, 2];
    return [kind, [first], [second], text, 3];
  }
  function finding(packed) {
    const [kind, gold, predicted, ...pieces] = unpacked(packed);
    const spans = [];
    for (let at = 0; at < pieces.length; at += 2) spans.push(element("span", { class: ["", "g", "p", "g p"][pieces[at + 1]] }, pieces[at]));
    const mark = element("mark", { class: data.judged ? kind : "plain" }, ...spans, element("small", { dir: "ltr", lang: "en" }, " ", ...label(kind, gold, predicted)));
    Object.assign(mark.dataset, { k: data.judged ? kind : "", g: gold.join(" "), p: predicted.join(" ") });
    return mark;
  }
  const lines = data.lines.map(([id, ...parts]) => {
    const words = element("span", { class: "words", dir: "auto", lang: data.language });
    for (const part of parts) words.append(typeof part === "string" ? part : finding(part), " ");
    const line = element("li", {}, element("span", { class: "id" }, data.ids + id), " ", words);
    line.dataset.line = "";
    return line;
  });
  if (list) { list.append(...lines); list.removeAttribute("aria-busy"); }
  const marks = new Map(lines.map((line) => [line, [...line.querySelectorAll("mark")]]));
  const has = (list, number) => list.split(" ").includes(number);
  let state = {};

  // Whether a mark is what is asked for. A pair is a cell of the confusion matrix: "-" stands for no such span.
  function fits(mark) {
    const { k, g, p } = mark.dataset;
    if (state.kind && k !== state.kind) return false;
    if (state.type && !has(g, state.type) && !has(p, state.type)) return false;
    if (!state.gold || !state.pred) return true;
    const same = k === "correct" || k === "types";
    if (state.gold === "-") return !same && has(p, state.pred);
    if (state.pred === "-") return !same && has(g, state.gold);
    return same && g === state.gold && p === state.pred;
  }
  const fold = (text) => text.normalize("NFC").toLowerCase();
  const compact = (text) => text.replace(/\s/g, "");
  // Scripts that set no space between words: what is typed there may run over several tokens.
  const unspaced = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}]/u;
  const said = new Map();
  function holds(line, words) {
    if (!said.has(line)) {
      const copy = line.cloneNode(true);
      for (const label of copy.querySelectorAll("small")) label.remove();
      said.set(line, { whole: fold(line.textContent), run: compact(fold(copy.textContent)) });
    }
    const { whole, run } = said.get(line);
    return whole.includes(words) || (unspaced.test(words) && run.includes(compact(words)));
  }
  function draw() {
    const words = fold(state.q || "");
    const asked = Boolean(state.kind || state.type || (state.gold && state.pred));
    let shown = 0, found = 0;
    for (const line of lines) {
      const hits = marks.get(line).filter(fits);
      for (const mark of marks.get(line)) mark.classList.toggle("hit", asked && hits.includes(mark));
      const visible = (!asked || hits.length > 0) && (!words || holds(line, words));
      line.hidden = !visible;
      if (visible) { shown += 1; found += hits.length; }
    }
    byId("count").textContent = `${shown} of ${lines.length} sentences` + (asked ? `, ${found} marked` : "");
    for (const button of document.querySelectorAll("[data-kind]")) button.setAttribute("aria-pressed", String(button.dataset.kind === (state.kind || "")));
    byId("type").value = state.type || "";
    if (byId("q").value !== (state.q || "")) byId("q").value = state.q || "";
    const pair = byId("pair");
    pair.hidden = !(state.gold && state.pred);
    const name = (number) => (number === "-" ? "no such span" : (byId("type").options[Number(number) + 1] || {}).text || "?");
    if (!pair.hidden) pair.textContent = `From the confusion matrix: gold ${name(state.gold)}, predicted ${name(state.pred)}.`;
  }
  function set(changes) {
    Object.assign(state, changes);
    State.write(state);
    draw();
  }
  if (lines.length) {
    for (const button of document.querySelectorAll("[data-kind]")) button.addEventListener("click", () => set({ kind: button.dataset.kind, gold: "", pred: "" }));
    byId("type").addEventListener("change", (event) => set({ type: event.target.value, gold: "", pred: "" }));
    byId("q").addEventListener("input", (event) => set({ q: event.target.value }));
    byId("reset").addEventListener("click", () => { state = {}; set({}); });
    for (const link of document.querySelectorAll(".matrix a")) link.addEventListener("click", () => {
      byId("errors").scrollIntoView();
      byId("errors-title").focus({ preventScroll: true });
    });
  }
  State.start((found) => {
    found.delete("theme");
    state = Object.fromEntries(found);
    if (lines.length) draw();
  });
})();
