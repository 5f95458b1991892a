// One key each, when nothing is being typed; the reader can turn them off.
import { found } from "./papers.js";
import { rate, takeBack } from "./rating.js";
import { h } from "./dom.js";

const KEPT = "single keys";
const HELP = [
  ["/", "search"], ["j", "next paper"], ["k", "paper before"], ["Enter", "show the paper"], ["o", "open it on arXiv"],
  ["a", "show its abstract"], ["l", "like, or take it back"], ["d", "dislike, or take it back"], ["s", "read later"], ["u", "undo"], ["?", "these keys"],
];
const items = () => [...document.querySelectorAll("main .paper")];
const current = () => document.activeElement.closest?.(".paper") ?? document.querySelector("main .paper.current");

function move(by) {
  const every = items();
  if (!every.length) return;
  const place = every.indexOf(current());
  const next = every[place < 0 ? (by > 0 ? 0 : every.length - 1) : Math.min(Math.max(place + by, 0), every.length - 1)];
  for (const each of every) each.classList.toggle("current", each === next);
  const focus = next.querySelector("h1, h2 a, h3 a") ?? next;
  focus.focus();
  next.scrollIntoView({ block: "nearest" });
}

const paper = () => found.get(current() ?? items().find((each) => each.matches("article")) ?? document.body);

function act(key) {
  const mine = paper();
  if (key === "j" || key === "k") move(key === "j" ? 1 : -1);
  else if (key === "?") help();
  else if (key === "u") takeBack();
  else if (key === "/") {
    const box = document.querySelector("main input[type=search]");
    if (box) { box.focus(); box.select(); } else document.querySelector('nav a[href="/search"]').click();
  } else if (!mine) return false;
  else if (key === "o") window.open(mine.url, "_blank", "noopener");
  else if (key === "a") { const fold = current()?.querySelector("details"); if (fold) fold.open = !fold.open; }
  else if (key === "l") rate(mine, "like");
  else if (key === "d") rate(mine, "dislike");
  else if (key === "s") rate(mine, "saved");
  else return false;
  return true;
}

export function help() {
  const dialog = document.querySelector("#keys");
  const on = h("input", { type: "checkbox", id: "keys-on", onchange: (event) => localStorage.setItem(KEPT, event.target.checked ? "on" : "off") });
  on.checked = localStorage.getItem(KEPT) !== "off";
  dialog.replaceChildren(
    h("h2", { id: "keys-title" }, "Keys"),
    h("dl", { class: "keys" }, HELP.map(([key, does]) => h("div", null, h("dt", null, h("kbd", null, key)), h("dd", null, does)))),
    h("p", null, on, " ", h("label", { for: "keys-on" }, "Single keys do something")),
    h("form", { method: "dialog" }, h("button", { class: "strong" }, "Close")),
  );
  if (!dialog.open) dialog.showModal();
}

export function listen() {
  document.querySelector("#help").addEventListener("click", help);
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    if (event.target.closest("input, textarea, select, [contenteditable], dialog")) {
      if (event.key === "Escape") event.target.blur();
      return;
    }
    if (localStorage.getItem(KEPT) === "off" && event.key !== "?") return;
    if (act(event.key)) event.preventDefault();
  });
}
