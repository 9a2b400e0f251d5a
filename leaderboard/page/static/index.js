"use strict";
// A fraction in points, to the tenth that the board shows: of two equally near ones, the even one. Only quarters lie so.
function points(value) {
  const shown = 100 * value;
  return ((4 * shown) % 4 === 1 ? shown - 0.05 : shown).toFixed(1);
}
(() => {
  const data = JSON.parse(document.getElementById("data").textContent);
  const byId = (id) => document.getElementById(id);
  const own = (object, key) => (object && Object.hasOwn(object, key) ? object[key] : undefined);
  const AVERAGE = "";
  const NONE = "\u2014";
  const MINUS = "\u2212";
  let state = {};

  // A table whose columns do not fit is laid out as blocks; that of published results has the most columns.
  for (const held of document.querySelectorAll(".blocks")) {
    const narrow = matchMedia(`(max-width: ${held.closest("#published") ? 80 : 50}rem)`);
    const lay = () => held.classList.toggle("narrow", narrow.matches);
    narrow.addEventListener("change", lay);
    lay();
  }
  // what the elements are has to be said then
  const ROLES = { tr: "row", td: "cell", thead: "rowgroup", tbody: "rowgroup" };
  function element(name, attributes = {}, ...children) {
    const made = document.createElement(name);
    const role = name === "th" ? (attributes.scope === "row" ? "rowheader" : "columnheader") : ROLES[name];
    if (role) made.setAttribute("role", role);
    for (const [key, value] of Object.entries(attributes)) if (value !== undefined) made.setAttribute(key, value);
    made.append(...children.filter((child) => child !== undefined && child !== null));
    return made;
  }
  function drawn(name, attributes) {
    const made = document.createElementNS("http://www.w3.org/2000/svg", name);
    for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
    return made;
  }
  const range = (value) => points(value[1]) + "\u2013" + points(value[2]);
  function signed(value) {
    const text = points(Math.abs(value));
    return text === "0.0" ? text : (value < 0 ? MINUS : "+") + text;
  }

  const pick = (list, key) => list.find((one) => one.key === key) || list[0];
  const table = () => pick(data.tables, state.table);
  const score = () => pick(data.scores, state.score);
  const hidden = () => new Set((state.hide || "").split(",").filter(Boolean));
  const left = () => new Set((state.without || "").split(",").filter(Boolean));

  const tested = () => score() === data.scores[0]; // ties and pairs are of the first way of scoring alone
  // The row that others are held against, and number of a row -> [difference, low, high, p] of it to that one.
  function against(now) {
    const other = now.rows.findIndex((row) => row.name === state.against);
    if (other < 0 || !tested()) return null;
    const found = new Map();
    for (const [first, second, middle, low, high, p] of now.pairs) {
      if (second === other) found.set(now.rows[first], [middle, low, high, p]);
      if (first === other) found.set(now.rows[second], [-middle, -high, -low, p]);
    }
    return { row: now.rows[other], found };
  }

  const valueOf = (row, place) => own(own(row.values, score().key), place);
  function sortValue(row, key) {
    if (key === "method") return row.label.toLowerCase();
    if (key === "coverage") return row.coverage;
    if (key === "seeds") return row.runs;
    if (key === "tie") return row.tie;
    if (key.startsWith("fact:")) return own(row.facts, key.slice(5));
    return own(valueOf(row, key === "average" ? AVERAGE : key.slice(7)), "0");
  }
  const firstWay = (key) => (key === "method" || key === "tie" ? "asc" : "desc");
  function sorted(rows) {
    const key = state.sort || "average";
    const way = (state.dir || firstWay(key)) === "asc" ? 1 : -1;
    return rows.map((row) => [sortValue(row, key), row]).sort(([a, one], [b, two]) => {
      const noA = a === undefined || a === null, noB = b === undefined || b === null;
      if (noA || noB) return noA - noB || one.label.localeCompare(two.label);
      const order = typeof a === "string" ? a.localeCompare(b) : a - b;
      return way * order || one.label.localeCompare(two.label);
    }).map(([, row]) => row);
  }
  function wanted(row) {
    const words = (state.q || "").toLowerCase().split(/\s+/).filter(Boolean);
    const text = [row.label, row.backbone, row.reading, ...row.badges].join(" ").toLowerCase();
    if (!words.every((word) => text.includes(word))) return false;
    if (state.show === "complete" && !row.complete) return false;
    const out = left();
    return !row.badges.some((badge) => out.has(badge));
  }

  function bar(value, top) {
    const svg = drawn("svg", { class: "bar", "aria-hidden": "true" });
    const at = (v) => (100 * v / top).toFixed(2) + "%";
    svg.append(drawn("rect", { class: "track", x: 0, y: 4, width: "100%", height: 2 }));
    if (value.length > 1) {
      const width = Math.max(0, value[2] - value[1]);
      svg.append(drawn("rect", { class: "band", x: at(value[1]), y: 1, width: at(width), height: 8, rx: 1 }));
    }
    svg.append(drawn("rect", { class: "tick", x: at(value[0]), y: 0, width: 2.5, height: 10 }));
    return svg;
  }
  function scoreCell(row, domain, top) {
    const value = valueOf(row, domain.key);
    const hole = own(row.holes, domain.key);
    const cells = own(row.cells, domain.key) || [];
    const cell = element("td", { class: "score" });
    const told = cells.length > 1 ? `${row.label}, ${domain.title}: seeds ${cells.map(([seed]) => seed).join(", ")}` : `${row.label}, ${domain.title}`;
    // a mean leads to the page of that mean, which has its seeds; the figure of a single cell to that cell
    const [page, leads] = cells.length > 1 ? [`rows/${row.page}.html#domain=${encodeURIComponent(domain.title)}`, "the mean and its seeds"] : cells.length ? [`cells/${cells[0][1]}.html`, "its predictions"] : [];
    const link = (text) => page ? element("a", { href: page, "data-page": "", title: `${told}: ${leads}` }, text) : text;
    if (!value) {
      const words = hole ? (hole.states.length === 1 ? hole.states[0] : "no figure") : NONE;
      cell.append(element("span", { class: hole ? "hole" : "", title: hole ? hole.reason : undefined }, link(words)));
      return cell;
    }
    cell.append(link(points(value[0])));
    if (value.length > 1) {
      cell.setAttribute("title", `${told}: ${points(value[0])}, interval ${range(value)}`);
      cell.append(element("span", { class: "hidden-text" }, ` (interval ${range(value)})`));
    }
    if (hole) cell.append(element("span", { class: "hole", title: `not finished: seeds ${hole.seeds.join(", ")}` }, ` (${row.seeds.length - hole.seeds.length}/${row.seeds.length})`));
    cell.append(bar(value, top));
    return cell;
  }
  function averageCell(row, top) {
    const value = valueOf(row, AVERAGE);
    if (!value) return element("td", { class: "average", title: "no average where a cell is missing" }, NONE);
    const small = value.length > 1 ? element("span", { class: "range" }, range(value)) : undefined;
    const link = element("a", { href: `rows/${row.page}.html`, "data-page": "", title: `${row.label}: its means and seeds` }, points(value[0]));
    return element("td", { class: "average" }, small, link, bar(value, top));
  }
  function factCell(row, fact) {
    const value = own(row.facts, fact.key);
    if (value === null || value === undefined) return element("td", {}, NONE);
    const digits = { maximumFractionDigits: value >= 100 ? 0 : fact.places };
    return element("td", {}, fact.before + value.toLocaleString("en", digits) + fact.after);
  }
  const told = (row, badge) => [badge.says, own(row.told, badge.key)].filter(Boolean).join(". Of this row: ");
  function nameCell(row) {
    const marks = data.badges.filter((badge) => row.badges.includes(badge.key))
      .map((badge) => element("span", { class: `badge ${badge.key}`, title: told(row, badge) }, badge.text));
    const head = element("th", { scope: "row", title: row.reading || undefined },
      element("bdi", {}, row.label), element("span", { class: "backbone" }, row.backbone));
    if (row.more) marks.push(element("a", { class: "more", href: `#${row.more}`, "aria-label": `details of ${row.label}` }, "details"));
    if (marks.length) head.append(element("div", {}, ...marks));
    return head;
  }

  function tieCell(row) {
    const told = row.tie === null ? "no average, so not tested" : `not told apart from the best of tie ${row.tie}`;
    return element("td", { class: "tie", title: told }, row.tie === null ? NONE : String(row.tie));
  }
  function againstCell(row, other) {
    if (row === other.row) return element("td", { class: "against" }, "this row");
    const found = other.found.get(row);
    if (!found) return element("td", { class: "against", title: "no seed that both have in every domain" }, NONE);
    const apart = found[3] < data.alpha;
    const p = found[3] < 0.001 ? "p < 0.001" : `p = ${found[3].toFixed(3)}`;
    return element("td", { class: apart ? "against apart" : "against", title: `corrected ${p}` },
      element("span", { class: "range" }, `${signed(found[1])} to ${signed(found[2])}`), signed(found[0]),
      element("small", {}, apart ? "told apart" : "not told apart"));
  }

  // The rows below a line: every row above it is of a better tie than every row below. Ties need not be runs.
  function cuts(rows) {
    const found = new Set();
    let above = -Infinity;
    rows.forEach((row, number) => {
      const below = Math.min(...rows.slice(number).map((one) => one.tie ?? Infinity));
      if (number && above < below) found.add(row);
      above = Math.max(above, row.tie ?? Infinity);
    });
    return found;
  }

  function header(now, facts, other) {
    const key = state.sort || "average";
    const way = (state.dir || firstWay(key)) === "asc" ? "ascending" : "descending";
    const head = (name, title, says) => {
      const button = element("button", { type: "button", "data-sort": name, title: says }, title);
      button.addEventListener("click", () => {
        const first = firstWay(name);
        const dir = key === name ? (way === "ascending" ? "desc" : "asc") : first;
        set({ sort: name === "average" ? "" : name, dir: dir === first ? "" : dir });
        byId("table").querySelector(`button[data-sort="${CSS.escape(name)}"]`).focus();
      });
      return element("th", { scope: "col", "aria-sort": key === name ? way : undefined }, button);
    };
    return element("tr", {},
      head("method", "method"),
      head("average", "average", "mean of the domains"),
      ...(tested() ? [head("tie", "tie", "rows with one number are not told apart by the paired test")] : []),
      ...(other ? [element("th", { scope: "col" }, MINUS + " ", element("bdi", {}, other.row.label))] : []),
      ...now.domains.map((domain) => head(`domain:${domain.key}`, domain.title)),
      head("coverage", "coverage", "domains that have every seed"),
      head("seeds", "seeds"),
      ...facts.map((fact) => head(`fact:${fact.key}`, fact.title, fact.says)));
  }
  function referenceRow(reference, now, top, before, rest) {
    const cell = (value, cls) => element("td", { class: cls }, value ? points(value[0]) : NONE, value ? bar(value, top) : undefined);
    return element("tr", { class: "reference" },
      element("th", { scope: "row", title: reference.says }, reference.label,
        element("span", { class: "hidden-text" }, `: ${reference.says}`)),
      cell(own(reference.values, AVERAGE), "average"),
      ...Array.from({ length: before }, () => element("td")),
      ...now.domains.map((domain) => cell(own(reference.values, domain.key), "score")),
      ...Array.from({ length: rest }, () => element("td")));
  }
  function scaleTop(now) {
    let top = 0.1;
    for (const row of now.rows) for (const value of Object.values(own(row.values, score().key) || {})) top = Math.max(top, ...value);
    return Math.min(1, Math.ceil(top * 10) / 10);
  }

  function draw() {
    const now = table(), gone = hidden();
    choices(now);
    const facts = data.facts.filter((fact) => !gone.has(fact.key) && now.rows.some((row) => own(row.facts, fact.key) != null));
    // without a choice of columns, as many of what rows cost as there is room for: none is cut at the edge
    const region = byId("table").parentElement;
    do fill(now, facts); while (!state.hide && region.scrollWidth > region.clientWidth && facts.pop());
    for (const box of document.querySelectorAll("[data-fact]")) box.checked = state.hide ? !gone.has(box.dataset.fact) : facts.some((fact) => fact.key === box.dataset.fact);
    for (const button of document.querySelectorAll("[data-table]")) button.setAttribute("aria-pressed", String(button.dataset.table === now.key));
    for (const panel of document.querySelectorAll("[data-setting]")) panel.hidden = panel.dataset.setting !== now.setting;
    for (const chart of document.querySelectorAll("[data-chart]")) {
      const panels = [...chart.querySelectorAll("[data-setting]")];
      chart.querySelector(".empty").hidden = !panels.length || panels.some((panel) => !panel.hidden);
    }
    State.applyTheme();
  }
  function fill(now, facts) {
    const rows = sorted(now.rows.filter(wanted)), top = scaleTop(now);
    const shown = byId("table"), other = against(now);
    const body = element("tbody");
    const starts = tested() && !state.sort && !state.dir ? cuts(rows) : new Set();
    for (const row of rows) {
      body.append(element("tr", { class: starts.has(row) ? "starts" : undefined }, nameCell(row), averageCell(row, top),
        ...(tested() ? [tieCell(row)] : []), ...(other ? [againstCell(row, other)] : []),
        ...now.domains.map((domain) => scoreCell(row, domain, top)),
        element("td", {}, row.coverage), element("td", { title: row.seeds.join(", ") }, String(row.runs)),
        ...facts.map((fact) => factCell(row, fact))));
    }
    for (const reference of now.references) {
      if (reference.score === score().key) body.append(referenceRow(reference, now, top, (tested() ? 1 : 0) + (other ? 1 : 0), 2 + facts.length));
    }
    const note = score().interval ? "bands are 95% intervals" : "no intervals in this way of scoring";
    byId("caption").textContent = `${now.title}: ${now.says}. F1 \u00d7 100, ${score().title} (${score().says}); bars run from 0 to ${Math.round(100 * top)}; ${note}.`;
    const least = [{ key: AVERAGE, title: "average" }, ...now.domains].filter(({ key }) => own(now.detectable, key) !== undefined)
      .map(({ key, title }) => `${title} ${points(now.detectable[key])}`);
    byId("detectable").textContent = tested() && least.length ? `Differences that a paired test of two rows can find four times in five, before any correction: ${least.join(", ")}.` : "";
    const why = rows.flatMap((row) => row.why.map((reason) => element("li", {}, element("bdi", {}, row.label), ` is not ranked: ${reason}`)));
    byId("why").replaceChildren(...why);
    byId("why").hidden = !why.length;
    shown.tHead.replaceChildren(header(now, facts, other));
    shown.tBodies[0].replaceWith(body);
    byId("count").textContent = rows.length || !now.rows.length ? `${rows.length} of ${now.rows.length} rows` : `No row of ${now.rows.length} fits: Reset shows them all`;
    const titles = [...shown.tHead.rows[0].cells].map((cell) => cell.textContent);
    for (const row of shown.tBodies[0].rows) [...row.cells].forEach((cell, number) => { if (number) cell.dataset.title = titles[number]; });
  }
  function controls() {
    for (const button of document.querySelectorAll("[data-table]")) button.addEventListener("click", () => set({ table: button.dataset.table === data.tables[0].key ? "" : button.dataset.table }));
    byId("score").addEventListener("change", (event) => set({ score: event.target.selectedIndex ? event.target.value : "" }));
    byId("q").addEventListener("input", (event) => set({ q: event.target.value }));
    byId("complete").addEventListener("change", (event) => set({ show: event.target.checked ? "complete" : "" }));
    byId("against").addEventListener("change", (event) => set({ against: event.target.value }));
    const toggles = (name, key) => {
      for (const box of document.querySelectorAll(`[data-${name}]`)) box.addEventListener("change", () => {
        const off = [...document.querySelectorAll(`[data-${name}]`)].filter((one) => !one.checked);
        // nothing hidden is a choice of columns too, which an empty text could not say
        set({ [key]: off.map((one) => one.dataset[name]).join(",") || (key === "hide" ? "-" : "") });
      });
    };
    toggles("fact", "hide");
    toggles("badge", "without");
    byId("reset").addEventListener("click", () => { state = {}; set({}); show(); });
  }
  // What can be chosen depends on the table: a row to hold others against, a way in which its rows are scored.
  function choices(now) {
    const rows = new Set(now.pairs.flatMap((pair) => [pair[0], pair[1]]));
    byId("against").replaceChildren(element("option", { value: "" }, "no row"),
      ...now.rows.filter((_, number) => rows.has(number)).map((row) => element("option", { value: row.name }, row.name)));
    byId("against").value = now.rows.some((row, number) => rows.has(number) && row.name === state.against) ? state.against : "";
    byId("against").disabled = !rows.size || !tested();
    for (const option of byId("score").options) option.disabled = !now.rows.some((row) => own(row.values, option.value));
  }
  function show() {
    byId("score").value = score().key;
    byId("q").value = state.q || "";
    byId("complete").checked = state.show === "complete";
    for (const box of document.querySelectorAll("[data-badge]")) box.checked = !left().has(box.dataset.badge);
  }
  function set(changes) {
    Object.assign(state, changes);
    State.write(state);
    draw();
  }
  if (!data.tables.length) return;
  controls();
  let width = innerWidth;
  addEventListener("resize", () => { if (innerWidth !== width) { width = innerWidth; draw(); } });
  State.start((found) => {
    found.delete("theme");
    state = Object.fromEntries(found);
    show();
    draw();
    performance.mark("table");
  });
})();
