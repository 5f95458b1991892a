// All sections: what is in each, and the way to change them.
import { get } from "./api.js";
import { add, h, many, spaced } from "./dom.js";
import { counts, stale } from "./today.js";
import { form } from "./edit.js";

export async function view(place, _, asked) {
  if (asked.has("new")) return form(place, null);
  const { sections } = await get("/sections");
  add(place,
    h("div", { class: "headline" }, h("h1", null, "Sections"), h("a", { class: "button", href: "/sections?new" }, "Add a section")),
    h("ul", { class: "rows" }, sections.map((section) => h("li", null,
      h("h2", null, h("a", { href: `/sections/${section.slug}` }, h("bdi", null, section.title)), counts(section)),
      section.query !== section.title ? h("p", { class: "note" }, section.query) : "",
      h("p", { class: "meta" }, spaced(h("span", null, many(section.shown, "paper")), h("span", null, `of ${section.provenance.candidates.toLocaleString("en")} candidates`),
        section.settings?.categories.length ? h("span", null, section.settings.categories.join(", ")) : "",
        section.settings ? h("span", null, h("a", { href: `/sections/${section.slug}?edit` }, "Edit")) : h("span", null, "from your profile"))),
      stale(section), section.problems.map((line) => h("p", { class: "warning" }, `${line}.`))))),
    sections.length ? "" : h("p", null, "No section is set up yet."),
  );
}
