// The search page: loads the data part by part, the small first, and shows what each makes possible.
"use strict";
const SHOWN = 50;
// per cent: where a section's cut is
const FITS = 50;
const form = document.querySelector(".search");
const box = document.querySelector("#q");
const list = document.querySelector("#results");
const line = document.querySelector("#status");
const more = document.querySelector("#more");
const pages = Number(list.dataset.pages);
const total = Number(list.dataset.parts);
const names = JSON.parse(list.dataset.sections);
const engine = new recommender.Engine();
const number = (n) => n.toLocaleString("en");
let shown = SHOWN;
// of the papers that can be looked through by the letter
let parts = 0;
// by meaning
let meant = 0;
let failed = "";

const loads = new Map();
function load(name) {
  if (!loads.has(name)) {
    loads.set(name, new Promise((resolve, reject) => {
      const script = document.createElement("script");
      script.src = `assets/${name}.js`;
      script.onload = () => { resolve(recommender[name]); delete recommender[name]; script.remove(); };
      script.onerror = () => { loads.delete(name); script.remove(); reject(new Error(`${name}.js could not be loaded`)); };
      document.head.append(script);
    }));
  }
  return loads.get(name);
}

const letters = load("papers-0").then((part) => { engine.addPapers(part); parts = 1; show(); }).catch(broken);

// One after the other: on a slow line the first answer must not wait for the last part.
let meaning = null;
function wake() {
  meaning ??= (async () => {
    await letters;
    engine.setModel(await load("model"));
    const scale = load("scale");
    engine.addVectors(0, await load("vectors-0"));
    engine.setScale(await scale);
    meant = 1;
    await show();
    for (let part = 1; part < total; part++) {
      engine.addPapers(await load(`papers-${part}`));
      parts = part + 1;
      show();
      engine.addVectors(part, await load(`vectors-${part}`));
      meant = part + 1;
      show();
    }
    return engine;
  })().catch((error) => { meaning = null; broken(error); });
  return meaning;
}

function broken(error) {
  failed = `The search cannot go on: ${error.message}. Reload the page to try again.`;
  line.textContent = failed;
}

function element(name, className, text) {
  const made = document.createElement(name);
  if (className) made.className = className;
  if (text) made.textContent = text;
  return made;
}

function item({ paper, how, relevance }) {
  const made = element("li");
  const heading = element("h2");
  const link = element("a");
  const here = paper.number < pages;
  link.href = here ? `papers/${paper.id.replace("/", "-")}.html` : paper.url;
  link.append(element("bdi", "", paper.title));
  heading.append(link);
  if (how === "id" || how.startsWith("author")) heading.append(element("span", "mark", how));
  made.append(heading);
  const authors = paper.authors.split(", ");
  const rest = authors.length > 6 ? ` and ${authors.length - 6} more` : "";
  if (paper.authors) made.append(element("p", "meta", authors.slice(0, 6).join(", ") + rest));
  const facts = [
    paper.date, paper.categories[0], relevance === undefined ? "" : `${Math.round(relevance)}% relevant`, here ? "" : "at arXiv",
  ];
  const meta = element("p", "meta");
  meta.append(...facts.filter(Boolean).flatMap((fact, n) => [n ? " " : "", element("span", "", fact)]));
  made.append(meta);
  const where = paper.sections.map((n) => names[n]).join(", ");
  if (where) made.append(element("p", "meta", `in ${where}`));
  return made;
}

const filters = () => Object.fromEntries(
  ["section", "year", "category"].map((name) => [name, form.elements[name]?.value ?? ""]));

function told({ results, named, read, passing }, query) {
  const covers = engine.papers.length;
  const all = `${number(covers)} papers${parts === total ? "" : " so far"}`;
  if (!passing) return `Nothing fits: none of ${all} passes what is asked of title, authors, categories and filters.`;
  if (!read) {
    if (!query.text) return `${number(results.length)} of ${all}, newest first.`;
    if (engine.kept && engine.scale && !results.length && engine.lacks(query.text)) return "Loading the rarer words …";
    if (engine.kept && engine.scale && !results.length) return `Nothing fits: the model knows no word of this, and no title, author or id of ${all} has it.`;
    const what = results[0]?.how === "some words" ? "have some of these words in their titles" : "have this in title, authors or id";
    return `${number(named)} of ${all} ${what}${engine.scale ? "" : "; by meaning in a moment"}.`;
  }
  const fitting = results.filter((one) => one.relevance === undefined || one.relevance >= FITS || one.how.startsWith("author")).length;
  const sought = meant === total ? number(covers) : `the first ${number(engine.starts[meant] ?? covers)}`;
  const phrases = query.phrases.length ? " Phrases are looked for in titles only here." : "";
  if (!fitting) return `Nothing fits: none of ${sought} papers is ${FITS}% relevant. The nearest all the same:${phrases}`;
  return `${number(fitting)} of ${sought} papers fit, the most relevant first${meant < total ? "; more are coming" : ""}.${phrases}`;
}

async function show() {
  const query = recommender.parse(box.value);
  const chosen = filters();
  if (!box.value.trim() && !Object.values(chosen).some(Boolean)) {
    list.replaceChildren();
    line.textContent = failed;
    more.hidden = true;
    return;
  }
  wake();
  if (!parts) { line.textContent = failed || "Loading the papers …"; return; }
  const found = engine.search(query, chosen);
  const fits = (one) => one.relevance === undefined || one.relevance >= FITS || one.how;
  const kept = found.read && found.results.some(fits) ? found.results.filter(fits) : found.results.slice(0, found.read ? 10 : undefined);
  list.replaceChildren(...kept.slice(0, shown).map(item));
  more.hidden = kept.length <= shown;
  line.textContent = failed || told(found, query);
  if (engine.kept && query.text && engine.lacks(query.text)) {
    await load("rest").then((rest) => { engine.setRest(rest); show(); }).catch(broken);
  }
}

let waiting = 0;
function changed() {
  shown = SHOWN;
  clearTimeout(waiting);
  waiting = setTimeout(show, 120);
}

form.addEventListener("input", changed);
box.addEventListener("focus", wake, { once: true });
more.addEventListener("click", () => {
  const first = shown;
  shown += SHOWN;
  show();
  list.children[first]?.querySelector("a").focus();
});
form.addEventListener("submit", (event) => {
  event.preventDefault();
  const given = [...new FormData(form)].filter(([, value]) => value);
  history.replaceState(null, "", given.length ? `?${new URLSearchParams(given)}` : location.pathname);
  show();
});
const asked = new URLSearchParams(location.search);
for (const name of ["q", "section", "year", "category"]) {
  if (asked.has(name) && form.elements[name]) form.elements[name].value = asked.get(name);
}
document.querySelector("#filters").hidden = false;
show();
if (!box.value) box.focus();
