// A paper in a list, with the same marks and classes as on the static pages.
import { part } from "./api.js";
import { h, spaced } from "./dom.js";
import { buttons } from "./rating.js";

const MOST_AUTHORS = 6;
export const found = new WeakMap(); // a list's item -> its paper

export const page = (id) => `/papers/${part(id)}`;

export function byline(paper) {
  const more = paper.authors.length - MOST_AUTHORS;
  return h("span", { class: "authors" }, paper.authors.slice(0, MOST_AUTHORS).join(", ") + (more > 0 ? ` and ${more} more` : ""));
}

export function when(paper) {
  const shown = paper.updated ?? paper.published ?? paper.day ?? "";
  const revised = paper.version > 1 || (paper.updated && paper.published && paper.updated > paper.published);
  const first = revised && paper.published && paper.published !== paper.updated ? `, first ${paper.published}` : "";
  return [
    shown ? h("time", { datetime: shown }, shown) : "",
    revised ? h("span", null, `${paper.version ? `v${paper.version}` : "revised"}${first}`) : "",
  ];
}

function facts(paper) {
  return h("p", { class: "meta" },
    spaced(when(paper),
      paper.categories.length ? h("span", null, paper.categories[0]) : "",
      paper.relevance === undefined ? "" : h("span", { class: "relevance" }, `${Math.round(paper.relevance)}% relevant`)));
}

function why(paper) {
  const lines = [];
  if (paper.because) {
    const own = paper.because.id.startsWith("text:");
    const title = own ? paper.because.title : h("a", { href: page(paper.because.id) }, paper.because.title);
    lines.push(h("p", { class: "meta why" }, "because it resembles ", title));
  }
  if (paper.shared?.length) lines.push(h("p", { class: "meta why" }, `both about ${paper.shared.join(", ")}`));
  if (paper.elsewhere) lines.push(h("p", { class: "meta" }, `Also in ${paper.elsewhere}`));
  return lines;
}

export function item(paper, { level = "h3", rated = true } = {}) {
  const title = h("a", { href: page(paper.id) }, h("bdi", null, paper.title));
  const made = h("li", { class: "paper" },
    h(level, null, title, paper.mark ? [" ", h("span", { class: "mark" }, paper.mark)] : ""),
    h("p", { class: "meta" }, byline(paper)),
    facts(paper),
    why(paper),
    paper.abstract ? h("details", null, h("summary", null, "Abstract"), h("p", null, paper.abstract), paper.comment ? h("p", { class: "comment" }, paper.comment) : "") : "",
    rated ? buttons(paper) : "",
  );
  found.set(made, paper);
  return made;
}

export function list(papers, options = {}) {
  return h("ol", { class: `papers${options.plain ? " plain" : ""}`, start: options.start }, papers.map((paper) => item(paper, options)));
}
