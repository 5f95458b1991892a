// The saved searches, each with what is new in it since it was last looked at.
import { get, part, put, query, remove } from "./api.js";
import { add, day, h, spaced, toast } from "./dom.js";

export async function view(place) {
  const { searches } = await get("/searches?count=true");
  add(place,
    h("div", { class: "headline" }, h("h1", null, "Saved searches"), h("a", { class: "button", href: "/search" }, "New search")),
    searches.length ? h("ul", { class: "rows" }, searches.map(row)) : h("p", null, "None yet. Search for something and choose “Save this search”: what comes later is then shown here."));
}

export const filters = (search) => [...search.categories, search.author ? `by ${search.author}` : "", search.since ? `from ${search.since}` : ""].filter(Boolean);

function row(search) {
  const made = h("li", null,
    h("h2", null, h("a", { href: `/saved/${part(search.name)}` }, search.name), search.new ? [" ", h("span", { class: "mark" }, `${search.new} new`)] : ""),
    search.q !== search.name ? h("p", { class: "note" }, search.q) : "",
    h("p", { class: "meta" }, spaced(filters(search).map((each) => h("span", null, each)), h("span", null, `looked at ${day(search.looked)}`),
      h("span", null, h("a", { href: `/search${query({ q: search.q, category: search.categories, author: search.author, since: search.since })}` }, "search again")),
      h("span", null, h("a", { href: `/feeds/searches/${part(search.name)}.atom`, type: "application/atom+xml" }, "feed")))),
    h("div", { class: "tools" },
      h("button", { type: "button", "aria-pressed": String(search.digest), onclick: (event) => inDigest(search, event.target) }, "In the digest"),
      h("button", { type: "button", onclick: () => forget(search, made) }, "Forget")));
  return made;
}

async function keep(search) {
  const { q, categories, author, since, min_relevance, digest } = search;
  return put(`/searches/${part(search.name)}`, { q, categories, author, since, min_relevance, digest });
}

async function inDigest(search, button) {
  try {
    search.digest = !search.digest;
    await keep(search);
    button.setAttribute("aria-pressed", String(search.digest));
    toast(search.digest ? `${search.name} is a section of the digest too` : `${search.name} is not in the digest any more`);
  } catch (problem) {
    search.digest = !search.digest;
    toast(`${problem.message}; ${problem.remedy}`);
  }
}

async function forget(search, made) {
  try {
    await remove(`/searches/${part(search.name)}`);
    made.hidden = true;
    document.dispatchEvent(new Event("searches"));
    toast(`Forgot ${search.name}`, { name: "Undo", run: async () => { await keep(search); made.hidden = false; document.dispatchEvent(new Event("searches")); toast("Kept"); } });
  } catch (problem) {
    toast(`${problem.message}; ${problem.remedy}`);
  }
}
