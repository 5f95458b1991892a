// The app: which view an address stands for, and moving between them without loading the page anew.
import { get } from "./api.js";
import { h, many, trouble, waiting } from "./dom.js";
import { listen } from "./keys.js";
import { about } from "./about.js";

const VIEWS = [
  [/^\/$/, () => import("./today.js")],
  [/^\/search$/, () => import("./search.js")],
  [/^\/papers\/(.+)$/, () => import("./paper.js")],
  [/^\/sections$/, () => import("./sections.js")],
  [/^\/sections\/([^/]+)$/, () => import("./section.js")],
  [/^\/saved$/, () => import("./saved.js")],
  [/^\/saved\/([^/]+)$/, () => import("./news.js")],
  [/^\/profile$/, () => import("./profile.js")],
  [/^\/status$/, () => import("./status.js")],
  [/^\/api$/, () => import("./reference.js")],
];
const main = document.querySelector("#main");
let turn = 0;
let leave = null;

async function show({ moved = true } = {}) {
  const mine = ++turn;
  const path = location.pathname;
  const [pattern, load] = VIEWS.find(([shape]) => shape.test(path)) ?? VIEWS[0];
  leave?.();
  leave = null;
  for (const link of document.querySelectorAll("nav a")) {
    const here = link.pathname === path || (link.pathname !== "/" && path.startsWith(`${link.pathname}/`));
    if (here) link.setAttribute("aria-current", "page"); else link.removeAttribute("aria-current");
  }
  main.replaceChildren(waiting());
  const place = h("div", { class: "view" });
  try {
    const { view } = await load();
    const end = await view(place, pattern.exec(path).slice(1).map(decodeURIComponent), new URLSearchParams(location.search));
    if (mine !== turn) return void end?.();
    leave = end ?? null;
  } catch (problem) {
    if (mine !== turn) return;
    place.replaceChildren(h("h1", null, "This cannot be shown"), trouble(problem));
  }
  main.replaceChildren(place);
  const heading = place.querySelector("h1");
  const { title } = await about();
  document.title = heading ? `${heading.textContent} · ${title}` : title;
  if (moved && heading && !place.contains(document.activeElement)) {
    heading.tabIndex = -1;
    heading.focus({ preventScroll: true });
  }
  if (moved) window.scrollTo(0, 0);
}

export function go(path, { replace = false } = {}) {
  history[replace ? "replaceState" : "pushState"](null, "", path);
  return show();
}

document.addEventListener("click", (event) => {
  const link = event.target.closest?.("a[href]");
  if (!link || event.defaultPrevented || event.button || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
  if (link.origin !== location.origin || link.target || link.hasAttribute("download")) return;
  if (!VIEWS.some(([shape]) => shape.test(link.pathname))) return;
  if (link.pathname === location.pathname && link.search === location.search && link.hash) return;
  event.preventDefault();
  go(link.href);
});
window.addEventListener("popstate", () => show());
document.addEventListener("go", (event) => go(event.detail));

async function count() {
  const { searches } = await get("/searches?count=true");
  const news = searches.reduce((sum, each) => sum + (each.new ?? 0), 0);
  const badge = document.querySelector("#news");
  badge.hidden = !news;
  badge.replaceChildren(h("span", { "aria-hidden": "true" }, news), h("span", { class: "unseen" }, ` ${many(news, "new paper")}`));
}
document.addEventListener("searches", () => count().catch(() => {}));

listen();
about().then(({ title }) => { document.querySelector("#name").textContent = title; }).catch(() => {});
show({ moved: false });
count().catch(() => {});
