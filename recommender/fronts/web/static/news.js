// One saved search: what is new first, then the best of all.
import { get, part, post, query } from "./api.js";
import { add, day, h, many, spaced, toast } from "./dom.js";
import { list } from "./papers.js";
import { filters } from "./saved.js";

export async function view(place, [name]) {
  const at = `/searches/${part(name)}`;
  const [search, news, all] = await Promise.all([get(at), get(`${at}/new?plain=true`), get(`${at}/papers?plain=true&number=30`)]);
  const told = new Set(news.papers.map((paper) => paper.id));
  const rest = all.papers.filter((paper) => !told.has(paper.id));
  const seen = h("button", { type: "button", class: "strong", onclick: mark }, "Mark as seen");
  const head = h("p", { class: "note" }, `${news.papers.length ? many(news.papers.length, "new paper") : "Nothing new"} since ${day(news.looked)}.`);
  add(place,
    h("h1", null, search.name),
    search.q !== search.name ? h("p", { class: "lead" }, search.q) : "",
    filters(search).length ? h("p", { class: "meta" }, spaced(filters(search).map((each) => h("span", null, each)))) : "",
    h("div", { class: "headline" }, head, news.papers.length ? seen : ""),
    news.papers.length ? list(news.papers.map((paper) => ({ ...paper, mark: "new" })), { level: "h2" }) : "",
    rest.length ? h("section", { "aria-labelledby": "rest" }, h("h2", { id: "rest" }, "Seen before"), list(rest)) : "",
    h("p", { class: "note" }, h("a", { href: `/search${query({ q: search.q, category: search.categories, author: search.author, since: search.since })}` }, "Search again"), " · ",
      h("a", { href: `/feeds/searches/${part(search.name)}.atom`, type: "application/atom+xml" }, "Atom feed"), " · ",
      h("a", { href: `/feeds/searches/${part(search.name)}.json`, type: "application/feed+json" }, "JSON feed")));

  async function mark() {
    try {
      await post(`${at}/seen`, { mark: news.mark });
      for (const each of place.querySelectorAll(".mark")) each.remove();
      head.textContent = "All seen.";
      seen.remove();
      document.dispatchEvent(new Event("searches"));
    } catch (problem) {
      toast(`${problem.message}; ${problem.remedy}`);
    }
  }
}
