// Search by meaning, with filters; what is asked stands in the address, so that it can be kept and gone back to.
import { get, put, part, query } from "./api.js";
import { about, go } from "./about.js";
import { add, h, later, latest, many, toast, trouble, waiting } from "./dom.js";
import { list } from "./papers.js";
import { categories } from "./fields.js";

const NUMBER = 30;

export async function view(place, _, asked) {
  const told = await about();
  const values = Object.fromEntries(["q", "author", "since", "until", "sort", "meaning", "exact"].map((key) => [key, asked.get(key) ?? ""]));
  const box = h("input", { id: "q", name: "q", type: "search", autocomplete: "off", spellcheck: "false", value: values.q });
  const chosen = categories("category", asked.getAll("category"), told.categories);
  const author = h("input", { id: "author", name: "author", value: values.author, autocomplete: "off" });
  const since = h("input", { id: "since", name: "since", type: "date", value: values.since });
  const until = h("input", { id: "until", name: "until", type: "date", value: values.until });
  const sort = h("select", { id: "sort", name: "sort" },
    h("option", { value: "" }, "relevance"), h("option", { value: "date" }, "date, of what is relevant enough"), h("option", { value: "me" }, "relevance, with what you like"));
  sort.value = values.sort;
  const results = h("div", { "aria-live": "polite" });
  const narrowed = chosen.values().length || values.author || values.since || values.until || values.sort;
  const form = h("form", { class: "search", role: "search", onsubmit: (event) => { event.preventDefault(); ask(true); } },
    h("label", { for: "q" }, "Search by meaning, in your own words"),
    h("div", null, box, h("button", null, "Search")),
    h("details", { class: "filters", open: Boolean(narrowed) }, h("summary", null, "Filters and order"),
      h("div", { class: "grid" },
        field("Category", chosen.input, "category"), field("Author", author, "author"), field("From", since, "since"), field("To", until, "until"), field("Order", sort, "sort"))));
  add(place, h("h1", null, "Search"), form, results);

  const last = latest();
  const state = () => ({ q: box.value.trim(), category: chosen.values(), author: author.value.trim(), since: since.value, until: until.value, sort: sort.value, meaning: values.meaning, exact: values.exact });

  async function ask(typed) {
    const wanted = state();
    if (typed) history.replaceState(null, "", `/search${query(wanted)}`);
    if (!wanted.q) return results.replaceChildren(hint());
    const { sort: order, ...rest } = wanted;
    const path = `/search${query({ ...rest, newest: order === "date", for_me: order === "me", number: NUMBER, plain: true })}`;
    if (!results.childElementCount) results.replaceChildren(waiting("Searching"));
    try {
      const answer = await last((signal) => get(path, signal));
      if (answer) results.replaceChildren(...shown(answer, wanted));
    } catch (problem) {
      results.replaceChildren(trouble(problem));
    }
  }

  const soon = later(() => { values.meaning = values.exact = ""; ask(true); }, 350);
  box.addEventListener("input", soon);
  for (const input of [chosen.input, author]) input.addEventListener("input", soon);
  for (const input of [since, until, sort]) input.addEventListener("change", () => ask(true));
  setTimeout(() => box.focus());
  ask(false);
}

const field = (name, input, id) => h("div", { class: "field" }, h("label", { for: id }, name), input);

const hint = () => h("p", { class: "note" }, "For example: ", h("a", { href: "/search?q=why+do+deep+networks+generalise" }, "why do deep networks generalise"), ".");

function shown({ papers, reading }, wanted) {
  const said = reading.map((each) => h("p", { class: "note" }, `${each.said}. `, each.undo ? h("a", { href: `/search${query({ ...wanted, [each.undo]: true })}` }, each.undo === "exact" ? "Take it as typed" : "By meaning instead") : ""));
  if (!papers.length) return [...said, h("p", null, "No stored paper passes these filters.")];
  const best = Math.max(...papers.map((paper) => paper.relevance));
  return [
    ...said,
    h("div", { class: "headline" },
      h("p", { class: "note" }, `${many(papers.length, "paper")}${best < 50 ? "; none is more relevant than not" : ""}.`),
      h("button", { type: "button", onclick: () => keep(wanted) }, "Save this search")),
    list(papers, { level: "h2" }),
  ];
}

async function keep(wanted) {
  const name = wanted.q.replace(/[^\p{L}\p{N} .,:;+()&_-]+/gu, " ").replace(/^[^\p{L}\p{N}]+/u, "").trim().slice(0, 60).trim() || "search";
  const { q, category, author, since } = wanted;
  try {
    const made = await put(`/searches/${part(name)}`, { q, categories: category, author, since: since || null });
    document.dispatchEvent(new Event("searches"));
    toast(`Saved as ${made.name}`, { name: "Show", run: () => go("/saved") });
  } catch (problem) {
    toast(`${problem.message}; ${problem.remedy}`);
  }
}
