// Everything that the pages do beside the search: the map, a long list sorted and filtered, a BibTeX entry copied.
"use strict";

// ---- the map: the title beside the mark under pointer, finger or focus; arrow keys move from mark to mark ------------
const plot = document.querySelector(".plot");
const tip = document.querySelector(".tip");
const marks = plot ? [...plot.querySelectorAll("a")] : [];
const place = (mark) => { const { e, f } = mark.transform.baseVal[0].matrix; return [e, f]; };
let current = null;

function point(mark) {
  current?.classList.remove("current");
  current = mark;
  tip.hidden = !mark;
  if (!mark) return;
  mark.classList.add("current");
  const link = tip.querySelector("a");
  link.href = mark.href.baseVal;
  link.textContent = mark.getAttribute("aria-label");
  tip.querySelector("span").textContent = mark.dataset.section;
  const [frame, at] = [plot.parentElement.getBoundingClientRect(), mark.getBoundingClientRect()];
  const middle = [(at.left + at.right) / 2 - frame.left, (at.top + at.bottom) / 2 - frame.top];
  const left = Math.min(Math.max(middle[0] - tip.offsetWidth / 2, 0), frame.width - tip.offsetWidth);
  const above = middle[1] - tip.offsetHeight - 14;
  tip.style.left = `${left}px`;
  tip.style.top = `${above >= 0 ? above : middle[1] + 14}px`;
}

for (const mark of marks) {
  mark.addEventListener("focus", () => point(mark));
  mark.addEventListener("pointerenter", (event) => { if (event.pointerType === "mouse") point(mark); });
  // a finger's first tap shows what it has met, the second follows it
  mark.addEventListener("click", (event) => {
    if (event.pointerType !== "touch" || mark === current && mark.dataset.met) return;
    event.preventDefault();
    marks.forEach((other) => { delete other.dataset.met; });
    mark.dataset.met = "yes";
    point(mark);
  });
}
document.addEventListener("keydown", (event) => { if (event.key === "Escape" && plot) point(null); });

plot?.addEventListener("keydown", (event) => {
  const way = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key];
  const from = event.target.closest("a");
  if (!way || !from) return;
  event.preventDefault();
  const [x, y] = place(from);
  let best = null;
  let least = Infinity;
  for (const mark of marks) {
    const [dx, dy] = [place(mark)[0] - x, place(mark)[1] - y];
    const ahead = dx * way[0] + dy * way[1];
    const aside = Math.abs(dx * way[1] + dy * way[0]);
    if (ahead > 0 && ahead + 2 * aside < least) { best = mark; least = ahead + 2 * aside; }
  }
  if (!best) return;
  from.tabIndex = -1;
  best.tabIndex = 0;
  best.focus();
});

// ---- a section's list -------------------------------------------------------------------------------------------
const tools = document.querySelector(".tools");
const list = document.querySelector("#list");

if (tools && list) {
  const entries = [...list.children].map((item, order) => ({
    item,
    order,
    text: item.textContent.toLowerCase(),
    title: item.querySelector("h2 a").textContent.toLowerCase(),
    ...item.dataset,
  }));
  const given = (name) => tools.querySelector(`#${name}`)?.value ?? "";
  const ways = {
    "": (a, b) => a.order - b.order,
    date: (a, b) => b.date.localeCompare(a.date) || a.order - b.order,
    relevance: (a, b) => a.rank - b.rank || a.order - b.order,
    title: (a, b) => a.title.localeCompare(b.title) || a.order - b.order,
  };
  const update = () => {
    const words = given("words").toLowerCase().split(/\s+/).filter(Boolean);
    const category = given("category");
    const news = tools.querySelector("#news")?.checked;
    const kept = entries.filter((entry) =>
      words.every((word) => entry.text.includes(word))
      && (!category || entry.category === category) && (!news || entry.mark));
    kept.sort(ways[given("order")]);
    list.replaceChildren(...kept.map((entry) => entry.item));
    const left = tools.querySelector("#left");
    left.textContent = kept.length === entries.length ? "" : `${kept.length} of ${entries.length} papers`;
  };
  tools.addEventListener("input", update);
  tools.addEventListener("change", update);
  tools.addEventListener("submit", (event) => event.preventDefault());
  tools.hidden = false;
  // a browser may have kept what was typed before
  update();
}

// ---- BibTeX -----------------------------------------------------------------------------------------------------
for (const button of document.querySelectorAll(".copy")) {
  const entry = button.parentElement.querySelector("pre");
  const said = button.parentElement.querySelector("[role=status]");
  button.hidden = false;
  button.addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(entry.textContent);
      said.textContent = "copied";
    } catch {
      // not from disk, or not allowed: the reader has it selected
      getSelection().selectAllChildren(entry);
      said.textContent = document.execCommand("copy") ? "copied" : "selected; copy it with the keyboard";
    }
  });
}
