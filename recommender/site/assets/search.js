// Search by meaning in the page: the static embedding model and the papers' vectors, loaded when first needed.
//   words, each a few times at most -> WordPiece tokens -> mean of their vectors -> cosine with every paper
// The tokens are those of the `tokenizers` library's BertNormalizer, BertPreTokenizer and WordPiece.
"use strict";
const SHOWN = 50;
const box = document.querySelector("#q");
const list = document.querySelector("#results");
const line = document.querySelector("#status");
const greeting = line.textContent;
let engine = null;

function load(name) {
  return new Promise((resolve, reject) => {
    const script = document.createElement("script");
    script.src = `assets/${name}.js`;
    script.onload = () => resolve(self.recommender[name]);
    script.onerror = () => reject(new Error(`${script.src} could not be loaded`));
    document.head.append(script);
  });
}

function bytes(base64) {
  const text = atob(base64);
  const array = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) array[i] = text.charCodeAt(i);
  return array;
}

const floats = (base64) => new Float32Array(bytes(base64).buffer);

function words(text) {
  const clean = text
    .replace(/[\u0000\uFFFD]|(?![\t\n\r])[\p{Cc}\p{Cf}\p{Co}\p{Cn}]/gu, "")
    .replace(/[\u4E00-\u9FFF\u3400-\u4DBF\u{20000}-\u{2A6DF}\u{2A700}-\u{2B73F}\u{2B740}-\u{2B81F}\u{2B920}-\u{2CEAF}\uF900-\uFAFF\u{2F800}-\u{2FA1F}]/gu, " $& ");
  const bare = clean.normalize("NFD").replace(/\p{Mn}/gu, "");
  // letter by letter, as the tokenizer does: the last sigma of a Greek word stays as the others
  const lower = [...bare].map((letter) => letter.toLowerCase()).join("");
  return lower.match(/[\p{P}$+<=>^`|~]|[^\s\p{P}$+<=>^`|~]+/gu) ?? [];
}

function pieces(word, numbers) {
  const unknown = [numbers.get("[UNK]")];
  const letters = [...word];
  if (letters.length > 100) return unknown;
  const found = [];
  for (let start = 0; start < letters.length;) {
    let end = letters.length;
    let number;
    while (end > start) {
      number = numbers.get((start ? "##" : "") + letters.slice(start, end).join(""));
      if (number !== undefined) break;
      end--;
    }
    if (end === start) return unknown;
    found.push(number);
    start = end;
  }
  return found;
}

class Engine {
  constructor(model, papers) {
    this.numbers = new Map(model.tokens.split("\n").map((token, number) => [token, number]));
    this.bits = model.bits;
    this.most = model.most || Infinity;
    this.dimensions = model.dimensions;
    this.codes = bytes(model.codes);
    this.scales = floats(model.scales);
    this.papers = papers;
    this.paperCodes = bytes(papers.codes);
    this.paperScales = floats(papers.scales);
    this.texts = papers.ids.map((id, n) => words(`${id} ${papers.titles[n]} ${papers.authors[n]}`).join(" "));
  }

  tokens(text) {
    const times = new Map();
    return words(text).flatMap((word) => {
      times.set(word, (times.get(word) ?? 0) + 1);
      const drop = times.get(word) > this.most && /^[\x21-\x7e]+$/.test(word);
      return drop ? [] : pieces(word, this.numbers);
    });
  }

  vector(text) {
    const sum = new Float32Array(this.dimensions);
    const mask = (1 << this.bits) - 1;
    const middle = (1 << (this.bits - 1)) - 0.5;
    for (const token of this.tokens(text)) {
      let bit = token * this.dimensions * this.bits;
      for (let i = 0; i < this.dimensions; i++, bit += this.bits) {
        const at = bit >> 3;
        const code = ((this.codes[at] | (this.codes[at + 1] << 8)) >> (bit & 7)) & mask;
        sum[i] += (code - middle) * this.scales[token];
      }
    }
    const length = Math.hypot(...sum) || 1;
    return sum.map((x) => x / length);
  }

  similarities(text) {
    const query = this.vector(text);
    return this.papers.ids.map((_, n) => {
      let sum = 0;
      for (let i = 0, at = n * this.dimensions; i < this.dimensions; i++, at++) {
        sum += query[i] * (this.paperCodes[at] - 127.5);
      }
      return sum * this.paperScales[n];
    });
  }

  // Numbers of the papers, best first; papers that hold every word in id, title or authors come before all others.
  rank(text) {
    const wanted = words(text);
    const literal = (n) => wanted.length && wanted.every((word) => this.texts[n].includes(word));
    const scores = this.similarities(text).map((score, n) => score + (literal(n) ? 2 : 0));
    return scores.map((_, n) => n).sort((a, b) => scores[b] - scores[a] || a - b);
  }
}

function element(name, className, text) {
  const made = document.createElement(name);
  if (className) made.className = className;
  if (text) made.textContent = text;
  return made;
}

function item(papers, n) {
  const made = element("li");
  const heading = element("h2");
  const link = element("a");
  link.href = `papers/${papers.ids[n].replace("/", "-")}.html`;
  link.append(element("bdi", "", papers.titles[n]));
  heading.append(link);
  made.append(heading);
  if (papers.authors[n]) made.append(element("p", "meta", papers.authors[n]));
  const where = papers.sections[n].map((number) => papers.names[number]).join(", ");
  made.append(element("p", "meta", [papers.dates[n], where].filter(Boolean).join(" · ")));
  return made;
}

async function show() {
  const text = box.value.trim();
  if (!text) {
    list.replaceChildren();
    line.textContent = greeting;
    return;
  }
  try {
    if (!engine) {
      line.textContent = "Loading the model (6 MB, once) …";
      engine = Promise.all([load("model"), load("papers")]).then((parts) => new Engine(...parts));
    }
    const ready = await engine;
    if (text !== box.value.trim()) return;
    const found = ready.rank(text).slice(0, SHOWN);
    list.replaceChildren(...found.map((n) => item(ready.papers, n)));
    line.textContent = `The ${found.length} nearest of ${ready.papers.ids.length} papers, nearest first.`;
  } catch (error) {
    engine = null;
    line.textContent = `The search cannot start: ${error.message}. Reload the page to try again.`;
  }
}

let waiting = 0;
box.addEventListener("input", () => {
  clearTimeout(waiting);
  waiting = setTimeout(show, 150);
});
box.form.addEventListener("submit", (event) => {
  event.preventDefault();
  history.replaceState(null, "", `?q=${encodeURIComponent(box.value)}`);
  show();
});
box.value = new URLSearchParams(location.search).get("q") ?? "";
if (box.value) show();
else box.focus();
