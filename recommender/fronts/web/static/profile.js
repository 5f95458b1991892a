// What the reader has said of papers; taking it back, and bringing a library.
import { get, part, post, remove } from "./api.js";
import { add, day, h, many, spaced, toast, trouble } from "./dom.js";
import { page } from "./papers.js";

const NAMES = { like: "Liked", dislike: "Disliked", saved: "To read", done: "Read" };

export async function view(place) {
  const { ratings } = await get("/profile");
  add(place, h("h1", null, "Profile"),
    h("p", { class: "note" }, ratings.length ? Object.entries(NAMES).map(([kind, name]) => `${ratings.filter((each) => each.rating === kind).length} ${name.toLowerCase()}`).join(" · ") : "Nothing is rated yet.", ratings.length ? [" · ", h("a", { href: "/feeds/profile.atom", type: "application/atom+xml" }, "Atom feed of what is recommended")] : ""),
    bring());
  for (const [kind, name] of Object.entries(NAMES)) {
    const some = ratings.filter((each) => each.rating === kind);
    if (some.length) add(place, h("section", { "aria-labelledby": kind }, h("h2", { id: kind }, name), h("ul", { class: "rows" }, some.map(row))));
  }
}

function row(rated) {
  const title = rated.title || rated.id;
  const made = h("li", { class: "rated" },
    h("div", null,
      h("p", { class: "titled" }, rated.stored ? h("a", { href: page(rated.id) }, title) : rated.url ? h("a", { href: rated.url, rel: "noopener" }, title) : title),
      h("p", { class: "meta" }, spaced(h("span", null, day(rated.at)), h("span", null, `from ${rated.source}`), rated.stored ? "" : h("span", null, rated.url ? "not stored yet" : "not on arXiv")))),
    h("button", { type: "button", "aria-label": `Take back: ${title}`, onclick: async () => {
      try {
        await remove(`/profile/papers/${part(rated.id)}?rating=${rated.rating}`);
        made.remove();
        toast(`Taken back: ${title}`);
      } catch (problem) { toast(`${problem.message}; ${problem.remedy}`); }
    } }, "Take back"));
  return made;
}

function bring() {
  const file = h("input", { id: "file", type: "file", accept: ".bib,.ris,.json,.rdf,.txt,.nbib" });
  const report = h("div", { "aria-live": "polite" });
  const run = async (dry) => {
    if (!file.files.length) return report.replaceChildren(h("p", { class: "note" }, "Choose a file first."));
    try {
      const [chosen] = file.files;
      const answer = await post("/profile/import", { name: chosen.name, text: await chosen.text(), dry_run: dry });
      report.replaceChildren(...answer.lines.map((line) => h("p", { class: "note" }, line)), answer.faults.length ? h("details", null, h("summary", null, many(answer.faults.length, "faulty entry").replace("entrys", "entries")), h("ul", null, answer.faults.map((line) => h("li", null, line)))) : "",
        dry && answer.new ? h("button", { type: "button", class: "strong", onclick: () => run(false) }, `Like ${many(answer.new, "paper")}`) : "");
    } catch (problem) { report.replaceChildren(trouble(problem)); }
  };
  file.addEventListener("change", () => run(true));
  return h("details", null, h("summary", null, "Import a library"),
    h("div", { class: "field" }, h("label", { for: "file" }, "BibTeX, RIS, CSL-JSON, Zotero RDF, or a list of ids"), file), report);
}
