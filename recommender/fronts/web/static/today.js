// Today: what is new for the reader, in the saved searches, and in every section, new papers first.
import { get, part } from "./api.js";
import { add, h, many, trouble } from "./dom.js";
import { list } from "./papers.js";

const EACH = 5;

export async function view(place) {
  const [{ day, sections }, { searches }, forYou] = await Promise.all([
    get("/sections"), get("/searches?count=true"), recommended(),
  ]);
  const own = sections.filter((section) => section.settings);
  const news = own.reduce((sum, section) => sum + section.new + section.revised, 0);
  add(place,
    h("h1", null, "Today"),
    h("p", { class: "note" }, `As of ${day}: ${news ? many(news, "new or revised paper") : "nothing new"} in ${many(own.length, "section")}.`),
    forYou,
    kept(searches),
  );
  const ordered = [...own].sort((a, b) => (b.new + b.revised > 0) - (a.new + a.revised > 0));
  add(place, ...ordered.map(block));
  if (!own.length) add(place, h("p", null, "No section is set up yet. ", h("a", { href: "/sections?new" }, "Add the first one"), "."));
}

async function recommended() {
  const place = h("section", { "aria-labelledby": "for-you" }, h("h2", { id: "for-you" }, "For you"));
  try {
    const { papers, since } = await get(`/recommendations?plain=true&number=${EACH}`);
    if (papers.length) add(place, list(papers));
    else add(place, h("p", { class: "note" }, `Nothing since ${since} is near enough to what you like.`));
  } catch (problem) {
    if (problem.status !== 400) add(place, trouble(problem));
    else add(place, h("p", { class: "note" }, "Like a few papers, or ", h("a", { href: "/profile" }, "import a library"), ", and what is new and like them stands here."));
  }
  return place;
}

function kept(searches) {
  const fresh = searches.filter((search) => search.new);
  if (!fresh.length) return "";
  return h("section", { "aria-labelledby": "kept" },
    h("h2", { id: "kept" }, "Saved searches"),
    h("ul", { class: "rows" }, fresh.map((search) => h("li", null,
      h("a", { href: `/saved/${part(search.name)}` }, search.name), " ", h("span", { class: "mark" }, `${search.new} new`)))));
}

function block(section) {
  const place = h("section", { "aria-labelledby": `s-${section.slug}` },
    h("h2", { id: `s-${section.slug}` }, h("a", { class: "quiet", href: `/sections/${section.slug}` }, h("bdi", null, section.title)), counts(section)),
    stale(section));
  const body = h("div", null);
  add(place, body);
  fill(body, section);
  return place;
}

export function counts(section) {
  const parts = [section.new ? `${section.new} new` : "", section.revised ? `${section.revised} revised` : ""].filter(Boolean);
  return parts.length ? [" ", h("span", { class: "mark" }, parts.join(", "))] : "";
}

export function stale(section) {
  const { stale_since: since, stale_reason: reason, fetched } = section.provenance;
  if (!since) return "";
  return h("p", { class: "warning" }, h("strong", null, `Stale since ${since}: `), `${reason.replace(/\.$/, "")}.`, fetched ? ` These are the papers of ${fetched}.` : "");
}

async function fill(body, section) {
  try {
    const { papers, shown } = await get(`/sections/${part(section.slug)}?plain=true&new_first=true&number=${EACH}`);
    if (papers.length) add(body, list(papers));
    else add(body, h("p", { class: "note" }, "No paper is relevant enough for this section yet."));
    if (shown > papers.length) add(body, h("p", { class: "more" }, h("a", { href: `/sections/${section.slug}` }, `All ${shown} papers`)));
  } catch (problem) {
    add(body, trouble(problem));
  }
}
