// How the library is: what is stale, since when and why; and bringing it up to date.
import { get, post } from "./api.js";
import { add, h, many, trouble } from "./dom.js";

const EVERY = 1000;

export async function view(place) {
  const status = await get("/status");
  const job = h("div", { class: "job" });
  add(place,
    h("h1", null, "Status"),
    status.problem ? h("p", { class: "warning", role: "alert" }, h("strong", null, "config.toml has a fault: "), `${status.problem}. What it said before is in force.`) : "",
    job,
    stale(status.stale),
    h("h2", null, "Library"),
    h("dl", { class: "facts" }, facts(status).flatMap(([name, value]) => [h("dt", null, name), h("dd", null, value)])),
    fetches(status.fetches));
  let timer = null;
  const draw = (update) => {
    job.replaceChildren(...progress(update, start));
    clearTimeout(timer);
    if (update.state === "running") timer = setTimeout(watch, EVERY);
  };
  const watch = () => get("/update").then(draw).catch((problem) => job.replaceChildren(trouble(problem)));
  const start = () => post("/update").then(draw).catch((problem) => job.replaceChildren(...progress({ ...status.update, state: "none" }, start), trouble(problem)));
  draw(status.update);
  return () => clearTimeout(timer);
}

function progress(update, start) {
  const running = update.state === "running";
  const button = h("button", { type: "button", class: "strong", disabled: running, onclick: start }, running ? "Updating" : "Update now");
  const parts = [h("p", { class: "actions" }, button, running ? "" : h("span", { class: "note" }, "Fetches what is new from arXiv, then writes the digest."))];
  if (running) {
    parts.push(h("label", { for: "bar", class: "note" }, `${update.done} of ${many(update.of, "target")}`), h("progress", { id: "bar", max: Math.max(update.of, 1), value: update.done }), h("p", { class: "note" }, update.now));
  }
  if (update.state === "failed") parts.push(h("p", { class: "warning", role: "alert" }, `The update failed: ${update.error}`));
  if (update.state === "done") parts.push(h("p", { role: "status" }, `Updated ${update.ended.slice(0, 16).replace("T", " ")} UTC.`));
  if (update.lines.length) parts.push(h("details", { open: running }, h("summary", null, "What came"), h("ul", { class: "lines" }, update.lines.map((line) => h("li", null, line)))));
  return parts;
}

function stale(every) {
  if (!every.length) return h("p", null, "Nothing is stale.");
  return h("section", { "aria-labelledby": "stale" }, h("h2", { id: "stale" }, "Stale"),
    h("ul", { class: "rows" }, every.map((each) => h("li", null, h("strong", null, each.target), ` since ${each.since}: ${each.reason}`, each.fetched ? `; last fetched ${each.fetched}` : ""))));
}

const facts = (status) => [
  ["Papers", `${status.papers.toLocaleString("en")}${status.newest ? `, the newest of ${status.newest}` : ""}`],
  ["Index", `${status.index.kind}, ${status.index.detail}; ${(status.index.bytes / 1e6).toFixed(1)} MB; ${status.index.pending} beside it`],
  ["Model", status.encoder],
  ["Folder", status.folder],
  ["Configuration", status.config],
  ["Version", status.version],
];

function fetches(every) {
  const targets = every.filter((each) => !each.source);
  if (!targets.length) return h("p", { class: "note" }, "Nothing was fetched yet.");
  const moment = (fetch) => (fetch ? fetch.at.slice(0, 16) : "never");
  return h("section", { "aria-labelledby": "fetches" }, h("h2", { id: "fetches" }, "Fetches"),
    h("div", { class: "wide", tabindex: "0", role: "group", "aria-label": "Table of fetches" }, h("table", null,
      h("thead", null, h("tr", null, ["Target", "Last good", "New", "Last failure"].map((name) => h("th", { scope: "col" }, name)))),
      h("tbody", null, targets.map((each) => h("tr", null, h("th", { scope: "row" }, each.target), h("td", null, moment(each.good)), h("td", null, each.good ? String(each.good.new) : ""), h("td", null, each.bad ? `${moment(each.bad)}: ${each.bad.detail}` : "")))))));
}
