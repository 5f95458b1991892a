// One paper: all that is known of it, what the reader thinks of it, and what is most like it.
import { get, part, query } from "./api.js";
import { add, h, spaced, toast, trouble, waiting } from "./dom.js";
import { found, list, when } from "./papers.js";
import { buttons } from "./rating.js";

export async function view(place, [id]) {
  const paper = await get(`/papers/${part(id)}?plain=true`);
  const article = h("article", { class: "paper whole" },
    h("h1", { class: "title" }, h("bdi", null, paper.title)),
    paper.authors.length ? h("p", { class: "authors" }, joined(paper.authors.map((name) => h("a", { href: `/search${query({ q: `au:"${name.replaceAll('"', "")}"` })}`, title: `Papers by ${name}` }, name)))) : "",
    h("p", { class: "meta" }, spaced(when(paper), h("span", null, `arXiv:${paper.id}`), paper.categories.length ? h("span", null, joined(paper.categories.map((name) => h("a", { href: `/search${query({ q: paper.title, category: name })}` }, name)))) : "")),
    paper.withdrawn ? h("p", { class: "warning" }, "This paper says that it has been withdrawn.") : "",
    buttons(paper),
    h("p", { class: "actions" },
      h("a", { href: paper.url, rel: "noopener" }, "Open on arXiv"),
      h("a", { href: paper.pdf, rel: "noopener" }, "PDF"),
      paper.code.map((link) => h("a", { href: link.url, rel: "noopener" }, `Code: ${link.name}`)),
      h("button", { type: "button", class: "link", onclick: () => copy(paper.bibtex) }, "Copy BibTeX")),
    h("p", { class: "abstract" }, paper.abstract),
    paper.comment ? h("p", { class: "comment" }, paper.comment) : "",
    paper.versions.length > 1 ? h("p", { class: "meta" }, "Versions: ", joined(paper.versions.map((link) => h("a", { href: link.url, rel: "noopener" }, link.name)))) : "",
    h("details", null, h("summary", null, "BibTeX"), h("pre", { tabindex: "0", "aria-label": "BibTeX" }, paper.bibtex)),
  );
  found.set(article, paper);
  const near = h("section", { "aria-labelledby": "near" }, h("h2", { id: "near" }, "Most similar papers"), waiting("Looking"));
  add(place, article, near);
  similar(near, paper);
}

const joined = (parts) => parts.flatMap((each, place) => (place ? [", ", each] : [each]));

async function similar(place, paper) {
  const heading = place.firstChild;
  try {
    const { papers } = await get(`/papers/${part(paper.id)}/similar?plain=true&number=8`);
    place.replaceChildren(heading, papers.length ? list(papers) : h("p", { class: "note" }, "There is no other paper."));
  } catch (problem) {
    place.replaceChildren(heading, trouble(problem));
  }
}

async function copy(bibtex) {
  try {
    await navigator.clipboard.writeText(bibtex);
    toast("BibTeX copied");
  } catch {
    const fold = document.querySelector("article details");
    fold.open = true;
    getSelection().selectAllChildren(fold.querySelector("pre"));
    toast("Press Ctrl+C to copy what is selected");
  }
}
