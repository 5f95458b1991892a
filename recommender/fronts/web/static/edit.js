// A section being written: what it would show is shown while it is typed, with the cut where it falls.
import { get, part, post, put, remove } from "./api.js";
import { about, go } from "./about.js";
import { add, h, later, latest, many, toast, trouble, waiting } from "./dom.js";
import { categories, words } from "./fields.js";
import { item } from "./papers.js";

const SHOWN = 10;
const EMPTY = { title: "", query: "", keywords: null, categories: [], like: [], unlike: [], top: 0, sort: "", max_age_days: 0, min_relevance: null };

export async function form(place, section) {
  const told = await about();
  const now = section?.settings ?? EMPTY;
  const title = h("input", { id: "title", required: true, maxlength: 300, value: now.title, autocomplete: "off" });
  const question = h("textarea", { id: "query", rows: 3 });
  question.value = now.query;
  const places = categories("categories", now.categories, told.categories);
  const like = h("textarea", { id: "like", rows: 2, placeholder: "2407.16658 quant-ph/0201082", spellcheck: "false" });
  like.value = now.like.join(" ");
  const unlike = h("textarea", { id: "unlike", rows: 2, spellcheck: "false" });
  unlike.value = now.unlike.join(" ");
  const cut = h("input", { id: "cut", type: "range", min: 0, max: 100, value: String(now.min_relevance ?? told.min_relevance) });
  const said = h("output", { for: "cut" });
  const usual = h("input", { id: "usual", type: "checkbox" });
  usual.checked = now.min_relevance === null;
  const top = h("input", { id: "top", type: "number", min: 0, max: 1000, value: String(now.top || ""), placeholder: String(told.top) });
  const age = h("input", { id: "age", type: "number", min: 0, max: 100000, value: String(now.max_age_days || ""), placeholder: "any" });
  const preview = h("div", { class: "preview", "aria-live": "polite" });
  const wrong = h("div", null);
  const wanted = () => ({
    ...now, title: title.value.trim(), query: question.value.trim(), categories: places.values(), like: words(like.value), unlike: words(unlike.value),
    top: Number(top.value) || 0, max_age_days: Number(age.value) || 0, min_relevance: usual.checked ? null : Number(cut.value),
  });
  const tell = () => { said.textContent = `${usual.checked ? told.min_relevance : cut.value}%`; cut.disabled = usual.checked; };

  add(place,
    h("h1", null, section ? `Edit ${section.title}` : "A new section"),
    h("div", { class: "editor" },
      h("form", { class: "fields", onsubmit: (event) => { event.preventDefault(); save(); } },
        label("title", "Title", title),
        label("query", "What is searched for, in your own words", question, "Empty: the title."),
        label("categories", "Only in these categories", places.input, "Empty: everywhere."),
        label("like", "Papers to be like", like, "Ids, one or more."),
        label("unlike", "Papers to be unlike", unlike),
        h("div", { class: "field" }, h("label", { for: "cut" }, "The cut: leave out what is less relevant than "), said, cut,
          h("div", { class: "check" }, usual, h("label", { for: "usual" }, `as for every section (${told.min_relevance}%)`))),
        h("div", { class: "grid" }, label("top", "At most", top, "papers"), label("age", "Only of the last", age, "days")),
        wrong,
        h("p", { class: "actions" }, h("button", { class: "strong" }, "Save"), h("a", { href: section ? `/sections/${section.slug}` : "/sections" }, "Cancel"),
          section ? h("button", { type: "button", class: "danger", onclick: () => drop(section) }, "Remove") : ""),
        h("p", { class: "note" }, "Written into config.toml; your comments there stay.")),
      h("section", { "aria-labelledby": "would" }, h("h2", { id: "would" }, "What it would show"), preview)));

  const last = latest();
  async function look() {
    const asked = wanted();
    tell();
    if (!asked.title && !asked.query) return preview.replaceChildren(h("p", { class: "note" }, "Give it a title or a query."));
    if (!preview.childElementCount) preview.replaceChildren(waiting("Ranking"));
    const unknown = places.unknown();
    try {
      const answer = await last((signal) => post(`/sections/preview?plain=true&number=${SHOWN}`, { ...asked, title: asked.title || asked.query.slice(0, 300) }, signal));
      if (answer) preview.replaceChildren(...tried(answer), unknown.length ? h("p", { class: "note" }, `Not a category of arXiv: ${unknown.join(", ")}.`) : "");
    } catch (problem) {
      preview.replaceChildren(trouble(problem));
    }
  }
  const soon = later(look, 400);
  place.addEventListener("input", () => { tell(); soon(); });
  tell();
  look();

  async function save() {
    try {
      const body = wanted();
      if (section) await put(`/sections/${part(section.slug)}`, body); else await post("/sections", body);
      const { sections } = await get("/sections");
      toast(`Saved: ${body.title}`);
      go(`/sections/${sections.find((each) => each.title === body.title)?.slug ?? ""}`);
    } catch (problem) {
      wrong.replaceChildren(trouble(problem));
    }
  }
}

const label = (id, name, input, note) => h("div", { class: "field" }, h("label", { for: id }, name), input, note ? h("span", { class: "note" }, note) : "");

function tried(answer) {
  const shown = answer.shown.map((paper) => item(paper, { rated: false }));
  const below = answer.below.map((paper) => item(paper, { rated: false }));
  const line = answer.full ? "Its number of papers ends it here" : `The cut: ${Math.round(answer.cut)}%. What follows is left out`;
  return [
    ...answer.problems.map((text) => h("p", { class: "warning" }, `${text}.`)),
    h("p", { class: "note" }, `${many(answer.count, "paper")} of ${many(answer.candidates, "candidate")}.`),
    shown.length ? h("ol", { class: "papers" }, shown) : h("p", null, "Nothing is above the cut."),
    answer.count > shown.length ? h("p", { class: "note more" }, `… and ${many(answer.count - shown.length, "more")}`.replace(/mores?$/, "more")) : "",
    h("p", { class: "cut" }, line),
    below.length ? h("ol", { class: "papers below", start: answer.count + 1 }, below) : "",
  ];
}

function drop(section) {
  const dialog = h("dialog", { "aria-labelledby": "sure" },
    h("h2", { id: "sure" }, `Remove ${section.title}?`),
    h("p", null, "It is taken out of config.toml. Its papers stay stored."),
    h("p", { class: "actions" },
      h("button", { type: "button", class: "danger", onclick: async () => {
        try { await remove(`/sections/${part(section.slug)}`); dialog.close(); toast(`Removed: ${section.title}`); go("/sections"); }
        catch (problem) { dialog.append(trouble(problem)); }
      } }, "Remove"),
      h("button", { type: "button", onclick: () => dialog.close() }, "Keep it")));
  dialog.addEventListener("close", () => dialog.remove());
  document.add(body, dialog);
  dialog.showModal();
}
