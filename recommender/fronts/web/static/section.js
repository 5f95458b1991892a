// One section as the digest shows it.
import { get, part } from "./api.js";
import { add, h, many } from "./dom.js";
import { list } from "./papers.js";
import { stale } from "./today.js";
import { form } from "./edit.js";

export async function view(place, [slug], asked) {
  const section = await get(`/sections/${part(slug)}?plain=true`);
  if (asked.has("edit") && section.settings) return form(place, section);
  const { provenance: from } = section;
  const sort = h("select", { id: "order" }, h("option", { value: "" }, "as in the digest"), h("option", { value: "new" }, "new first"), h("option", { value: "date" }, "latest first"));
  const body = h("div", null);
  const draw = () => body.replaceChildren(section.papers.length ? list(ordered(section.papers, sort.value), { level: "h2" }) : h("p", null, "No paper is relevant enough for this section yet."));
  sort.addEventListener("change", draw);
  add(place,
    h("h1", null, h("bdi", null, section.title)),
    section.query !== section.title ? h("p", { class: "lead" }, section.query) : "",
    stale(section), section.problems.map((line) => h("p", { class: "warning" }, `${line}.`)),
    h("p", { class: "note" }, `${many(section.papers.length, "paper")} of ${from.candidates.toLocaleString("en")} candidates${from.newest ? `, the newest of ${from.newest}` : ""}. ${from.fetched ? `Fetched ${from.fetched} from ${from.source}.` : from.source ? `Not fetched yet: ${from.source}.` : ""}`),
    h("div", { class: "tools" }, h("label", { for: "order" }, "Order"), sort,
      section.settings ? h("a", { class: "button", href: `/sections/${section.slug}?edit` }, "Edit") : "",
      h("a", { href: `/feeds/sections/${section.slug}.atom`, type: "application/atom+xml" }, "Atom feed"),
      h("a", { href: `/feeds/sections/${section.slug}.json`, type: "application/feed+json" }, "JSON feed")),
    body);
  draw();
}

function ordered(papers, how) {
  const made = [...papers];
  if (how === "new") made.sort((a, b) => Boolean(b.mark) - Boolean(a.mark));
  if (how === "date") made.sort((a, b) => (b.updated ?? b.published ?? "").localeCompare(a.updated ?? a.published ?? ""));
  return made;
}
