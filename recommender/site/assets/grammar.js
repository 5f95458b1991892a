// What people type by habit: `ti:`, `au:`, `cat:`, `id:`, "a phrase", `-word`, mixed with free words.
// The grammar of `recommend search`: nothing is ever an error, what is not grammar is a free word.
"use strict";
(self.recommender ??= {}).parse = (() => {
  const fields = {
    ti: "titles", title: "titles", au: "authors", author: "authors", cat: "categories", category: "categories",
    id: "ids", arxiv: "ids", abs: "phrases", abstract: "phrases", all: "free",
  };
  const part = new RegExp(
    `(?<!\\S)(?<minus>-)?(?:(?<field>${Object.keys(fields).join("|")}):)?(?:"(?<phrase>[^"]*)"|(?<word>\\S+))`, "gi");
  const initials = /^(?<family>\p{L}[\p{L}\p{N}'-]*)_(?<given>\p{L}(?:_\p{L})*)$/u;

  // arXiv's own search writes au:del_maestro_a
  function spoken(word) {
    const found = initials.exec(word)?.groups;
    return found ? `${found.given.replaceAll("_", " ")} ${found.family}` : word.replaceAll("_", " ");
  }

  return (text) => {
    const query = {
      ids: [], authors: [], titles: [], phrases: [], categories: [],
      without: [], without_titles: [], without_authors: [], without_categories: [],
    };
    const free = [];
    let negated = false;
    let line = text.replace(/[\u201c\u201d\u201e\u201f\u00ab\u00bb\u2033]/g, '"');
    // an unmatched quote is none
    if (line.split('"').length % 2 === 0) {
      const at = line.lastIndexOf('"');
      line = `${line.slice(0, at)} ${line.slice(at + 1)}`;
    }
    for (const found of line.matchAll(part)) {
      const { minus, field, phrase, word: bare } = found.groups;
      if (!field && ["NOT", "ANDNOT", "AND", "OR"].includes(bare)) {
        negated = bare.endsWith("NOT");
        continue;
      }
      const word = phrase === undefined ? bare : phrase.trim();
      let kind = field ? fields[field.toLowerCase()] : phrase === undefined ? "free" : "phrases";
      const out = minus ? Boolean(field || phrase || /^\p{L}/u.test(bare ?? "")) : negated;
      negated = false;
      if (out) kind = { free: "without", phrases: "without", ids: "free" }[kind] ?? `without_${kind}`;
      if (kind === "free") {
        free.push(bare && !field ? found[0] : word);
      } else if (word) {
        if (kind.endsWith("categories")) query[kind].push(...word.split(",").filter(Boolean));
        else query[kind].push(kind.endsWith("authors") ? spoken(word) : word);
        if (kind === "phrases") free.push(word);
      }
    }
    return { text: free.join(" ").trim(), ...query };
  };
})();
