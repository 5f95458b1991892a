// Everything that the pages do beside the search: sort and filter a long list, copy a BibTeX entry.
"use strict";

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
    relevance: (a, b) => b.relevance - a.relevance || a.order - b.order,
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
  tools.addEventListener("submit", (event) => event.preventDefault());
  tools.hidden = false;
  update(); // a browser may have kept what was typed before
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
    } catch { // not from disk, or not allowed: the reader has it selected
      getSelection().selectAllChildren(entry);
      said.textContent = document.execCommand("copy") ? "copied" : "selected; copy it with the keyboard";
    }
  });
}
