// The search itself, without a page: papers by the letter, then by meaning, as parts of the data arrive.
//   words, each a few times at most -> WordPiece tokens -> mean of their vectors -> cosine with every paper -> per cent
// The tokens are those of the `tokenizers` library's BertNormalizer, BertPreTokenizer and WordPiece.
"use strict";
(self.recommender ??= {}).Engine = (() => {
  function bytes(base64) {
    const text = atob(base64);
    const array = new Uint8Array(text.length);
    for (let i = 0; i < text.length; i++) array[i] = text.charCodeAt(i);
    return array;
  }

  // Rows of vectors of few bits a component, the highest bit of each first.
  class Packed {
    constructor({ bits, dimensions, scales, codes }) {
      Object.assign(this, { bits, dimensions });
      this.scales = new Float32Array(bytes(scales).buffer);
      const packed = bytes(codes);
      const mask = (1 << bits) - 1;
      this.codes = new Uint8Array(this.scales.length * dimensions);
      for (let i = 0, bit = 0; i < this.codes.length; i++, bit += bits) {
        const at = bit >> 3;
        this.codes[i] = ((packed[at] << 8) | packed[at + 1]) >> (16 - bits - (bit & 7)) & mask;
      }
      this.middle = (1 << (bits - 1)) - 0.5;
    }

    add(row, sum) {
      const from = row * this.dimensions;
      for (let i = 0; i < this.dimensions; i++) sum[i] += (this.codes[from + i] - this.middle) * this.scales[row];
    }

    cosines(query) {
      const offset = query.reduce((sum, x) => sum + x, 0) * this.middle;
      return Float32Array.from(this.scales, (scale, row) => {
        let sum = 0;
        for (let i = 0, at = row * this.dimensions; i < this.dimensions; i++, at++) sum += query[i] * this.codes[at];
        return (sum - offset) * scale;
      });
    }
  }

  function words(text) {
    const clean = text
      .replace(/[\u0000\uFFFD]|(?![\t\n\r])[\p{Cc}\p{Cf}\p{Co}\p{Cn}]/gu, "")
      .replace(/[\u4E00-\u9FFF\u3400-\u4DBF\u{20000}-\u{2A6DF}\u{2A700}-\u{2B73F}\u{2B740}-\u{2B81F}\u{2B920}-\u{2CEAF}\uF900-\uFAFF\u{2F800}-\u{2FA1F}]/gu, " $& ");
    const bare = clean.normalize("NFD").replace(/\p{Mn}/gu, "");
    // letter by letter, as the tokenizer does: the last sigma of a Greek word stays as the others
    const lower = [...bare].map((letter) => letter.toLowerCase()).join("");
    return lower.match(/[\p{P}$+<=>^`|~]|[^\s\p{P}$+<=>^`|~]+/gu) ?? [];
  }

  // What is compared by the letter: words and numbers in lower case without accents, Greek letters by name, a blank
  // around each.
  const strokes = { "ł": "l", "ø": "o", "đ": "d", "ß": "ss", "æ": "ae", "œ": "oe", "ı": "i" };
  const greek = ("alpha beta gamma delta epsilon zeta eta theta iota kappa lambda mu nu xi omicron pi rho sigma sigma tau"
    + " upsilon phi chi psi omega").split(" ");
  const folded = (text) => {
    const bare = text.normalize("NFKD").replace(/\p{Mn}/gu, "").toLowerCase().replace(/[łøđßæœı]/g, (c) => strokes[c])
      .replace(/[\u03b1-\u03c9]/g, (c) => ` ${greek[c.charCodeAt(0) - 0x3B1]} `);
    return ` ${(bare.replace(/['’]/g, "").match(/[\p{L}\p{N}]+/gu) ?? []).join(" ")} `;
  };
  const parts = (text) => folded(text).split(" ").filter(Boolean);

  const ID = /(?:^|[/:\s])(\d{4}\.\d{4,5}|[a-z-]+(?:\.[a-z-]+)?\/\d{7})(?:v\d+)?(?:\.pdf)?$/i;
  const idOf = (word) => ID.exec(word.trim())?.[1].toLowerCase();

  function quantile(sorted, share) {
    const at = share * (sorted.length - 1);
    const low = Math.floor(at);
    return sorted[low] + (at - low) * ((sorted[low + 1] ?? sorted[low]) - sorted[low]);
  }

  function singular(word) {
    if (word.length > 4 && word.endsWith("ies")) return `${word.slice(0, -3)}y`;
    if (word.length > 6 && word.endsWith("ices")) return `${word.slice(0, -4)}ix`;
    return word.length > 3 && word.endsWith("s") && !/(?:ss|us)$/.test(word) ? word.slice(0, -1) : word;
  }

  const counted = (byCount) => new Map(
    Object.entries(byCount).flatMap(([count, lines]) => lines.split("\n").map((line) => [line, Number(count)])));

  class Engine {
    papers = [];
    // of each part, once there
    vectors = [];
    // number of the first paper of each part
    starts = [];

    addPapers(part) {
      this.starts.push(this.papers.length);
      part.ids.forEach((id, n) => {
        const authors = part.authors[n];
        this.papers.push({
          number: this.papers.length,
          id,
          title: part.titles[n],
          authors,
          url: part.elsewhere[n] ?? part.archive + id,
          date: part.dates[n],
          categories: part.categories[n].split(" ").filter(Boolean),
          sections: part.sections[n].split(" ").filter(Boolean).map(Number),
          words: folded(part.titles[n]),
          names: folded(authors),
        });
      });
    }

    addVectors(part, data) { this.vectors[part] = new Packed(data); }

    setModel(model) {
      this.numbers = new Map(model.tokens.split("\n").map((token, number) => [token, number]));
      this.most = model.most || Infinity;
      this.kept = new Packed(model);
      const flags = bytes(model.kept);
      this.rows = new Int32Array(flags.length * 8);
      let here = 0;
      // a token of rest.js has a row below zero
      let there = 0;
      for (let i = 0; i < this.rows.length; i++) this.rows[i] = flags[i >> 3] >> (7 - (i & 7)) & 1 ? here++ : --there;
    }

    setRest(rest) { this.rest = new Packed(rest); }

    setScale(scale) {
      this.scale = { ...scale, words: counted(scale.words), pairs: counted(scale.pairs), stop: new Set(scale.stop.split(" ")) };
      this.sample = new Packed(scale);
    }

    // -- words to a vector ----------------------------------------------------------------------------------------

    pieces(word) {
      const unknown = [this.numbers.get("[UNK]")];
      const letters = [...word];
      if (letters.length > 100) return unknown;
      const found = [];
      for (let start = 0; start < letters.length;) {
        let end = letters.length;
        let number;
        while (end > start) {
          number = this.numbers.get((start ? "##" : "") + letters.slice(start, end).join(""));
          if (number !== undefined) break;
          end--;
        }
        if (end === start) return unknown;
        found.push(number);
        start = end;
      }
      return found;
    }

    tokens(text) {
      const times = new Map();
      return words(text).flatMap((word) => {
        times.set(word, (times.get(word) ?? 0) + 1);
        const drop = times.get(word) > this.most && /^[\x21-\x7e]+$/.test(word);
        return drop ? [] : this.pieces(word);
      });
    }

    // Whether a text has words whose vectors are in rest.js, and that is not there yet.
    lacks(text) { return !this.rest && this.tokens(text).some((token) => this.rows[token] < 0); }

    // Null where the model knows no word.
    vector(text) {
      const known = this.tokens(text).filter((token) => token !== this.numbers.get("[UNK]"));
      const sum = new Float32Array(this.kept.dimensions);
      for (const token of known) {
        const row = this.rows[token];
        if (row >= 0) this.kept.add(row, sum);
        else this.rest?.add(-1 - row, sum);
      }
      const length = Math.hypot(...sum);
      return length ? sum.map((x) => x / length) : null;
    }

    similarities(text) {
      const query = this.vector(text);
      return this.vectors.flatMap((part) => [...part.cosines(query)]);
    }

    // -- relevance, see rank/calibration.py -----------------------------------------------------------------------

    stems(text) {
      return (text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? [])
        .filter((word) => !this.scale.stop.has(word)).map(singular);
    }

    wording(text) {
      const stems = this.stems(text);
      const count = (word) => this.scale.words.get(word) ?? 0;
      let phrase = stems.length ? count(stems[0]) : 0;
      // as if each word depended on the one before it alone
      for (let i = 1; i < stems.length; i++) {
        phrase *= (this.scale.pairs.get(`${stems[i - 1]} ${stems[i]}`) ?? 0) / Math.max(count(stems[i - 1]), 1);
      }
      const counts = stems.length ? stems.map(count) : [0];
      const common = counts.reduce((sum, n) => sum + Math.log1p(n), 0) / counts.length;
      return { words: stems.length, phrase: Math.round(phrase), common, unseen: stems.filter((word) => !count(word)) };
    }

    // Cosines to log odds that a paper belongs; null where there is nothing to calibrate against.
    calibration(text, query) {
      const scale = this.scale;
      if (!scale || this.sample.scales.length < 2) return null;
      const cosines = this.sample.cosines(query).sort();
      const middle = quantile(cosines, scale.middle[0]);
      const width = Math.max((middle - quantile(cosines, scale.low[0])) / (scale.middle[1] - scale.low[1]), 1e-3);
      const center = middle - scale.middle[1] * width;
      const highest = cosines.slice(-Math.max(2, Math.round(cosines.length * scale.peak)));
      const wording = this.wording(text);
      const logged = Math.log(Math.min(Math.max(wording.words, 1), scale.most_words));
      const unseen = wording.unseen.length / Math.max(wording.words, 1);
      const terms = [
        1,
        (quantile(cosines, scale.shoulder) - center) / width,
        (highest.reduce((sum, x) => sum + x, 0) / highest.length - center) / width,
        logged, Math.log1p(wording.phrase), wording.common, unseen, unseen * logged,
      ];
      const sum = terms.reduce((total, term, i) => total + term * scale.weights[i], 0);
      const midpoint = Math.min(Math.max(sum, scale.bounds[0]), scale.bounds[1]);
      const pieced = wording.unseen.filter((word) => this.pieces(word).length > 1);
      return {
        odds: (cosine) => scale.steepness * ((cosine - center) / width - midpoint),
        must: 2 * pieced.length >= wording.words ? pieced : [],
      };
    }

    // -- questions ------------------------------------------------------------------------------------------------

    // Papers that pass what a query demands and the filters: those that the words only rank are among them.
    passing(query, filters) {
      const phrase = (text) => { const wanted = folded(text); return (paper) => paper.words.includes(wanted); };
      const tests = [
        ...query.titles.map(phrase), ...query.phrases.map(phrase), ...query.authors.map(byAuthor),
        ...[...query.without, ...query.without_titles].map(phrase).map(not),
        ...query.without_authors.map(byAuthor).map(not),
        ...query.without_categories.map(inCategory).map(not),
      ];
      if (query.categories.length) tests.push((paper) => query.categories.some((name) => inCategory(name)(paper)));
      if (filters.section !== "") tests.push((paper) => paper.sections.includes(Number(filters.section)));
      if (filters.year) tests.push((paper) => paper.date.startsWith(filters.year));
      if (filters.category) tests.push((paper) => paper.categories.includes(filters.category));
      return this.papers.filter((paper) => tests.every((test) => test(paper)));
    }

    // Papers that are named: by id, then by authors or title, each with how it was found. Where no paper has all words
    // and `loosely`, those that have most of them.
    named(query, passing, loosely) {
      const ids = [...query.ids, ...query.text.split(/\s+/)].map(idOf).filter(Boolean);
      const byId = ids.flatMap((id) => this.papers.filter((paper) => paper.id.toLowerCase() === id));
      const wanted = parts(query.text);
      const found = byId.map((paper) => ({ paper, how: "id", held: 1 }));
      if (!wanted.length || ids.length) return found;
      const share = (text) => wanted.filter((word) => text.includes(` ${word}`)).length / wanted.length;
      const some = [];
      for (const paper of passing) {
        const [names, words] = [share(paper.names), share(paper.words)];
        if (names === 1) found.push({ paper, how: "author", held: 1 });
        else if (words === 1) found.push({ paper, how: "title", held: 1 });
        else if (share(paper.names + paper.words) === 1) found.push({ paper, how: "author and title", held: 1 });
        else if (words >= 0.5) some.push({ paper, how: "some words", held: words });
      }
      const kept = found.length || !loosely ? found : some;
      return kept.sort((a, b) => a.how.startsWith("title") - b.how.startsWith("title") || b.held - a.held || latest(a, b));
    }

    // { results: [{ paper, how, relevance }], named, read, best }; `how` is empty where meaning alone found a paper,
    // `relevance` is missing where it is not known, `read` tells whether the model has read the question.
    search(query, filters) {
      const passing = this.passing(query, filters);
      const ready = this.kept && this.scale && query.text;
      const named = this.named(query, passing, !ready);
      const selective = query.authors.length || query.titles.length || query.phrases.length || query.categories.length;
      const asked = ready && !(query.ids.length || named[0]?.how === "id") ? this.vector(query.text) : null;
      if (!asked) {
        const rest = !query.text && (selective || query.without.length || Object.values(filters).some(Boolean))
          ? passing.map((paper) => ({ paper, how: "" })).sort(latest) : [];
        return { results: named.length ? named : rest, named: named.length, read: false, passing: passing.length };
      }
      const scale = this.calibration(query.text, asked);
      const cosines = this.vectors.map((part) => part.cosines(asked));
      const how = new Map(named.map((one) => [one.paper.number, one.how]));
      const wanted = parts(query.text);
      const results = passing.flatMap((paper) => {
        const part = this.starts.findLastIndex((start) => start <= paper.number);
        const found = how.get(paper.number) ?? "";
        if (!cosines[part]) return found ? [{ paper, how: found, order: -9 }] : [];
        const cosine = cosines[part][paper.number - this.starts[part]];
        let odds = scale ? scale.odds(cosine) : 10 * cosine;
        if (scale?.must.some((word) => !paper.words.includes(word.slice(0, Math.max(word.length - 3, 5))))) {
          odds = Math.min(odds, 0) - 1;
        }
        const share = wanted.filter((word) => paper.words.includes(` ${word}`)).length / Math.max(wanted.length, 1);
        const relevance = scale ? 100 / (1 + Math.exp(-odds)) : undefined;
        return [{ paper, how: found, relevance, order: odds + share + (found.startsWith("author") ? 1000 : 0) }];
      });
      results.sort((a, b) => b.order - a.order || a.paper.number - b.paper.number);
      return { results, named: named.length, read: true, passing: passing.length };
    }
  }

  const not = (test) => (paper) => !test(paper);
  const latest = (a, b) => b.paper.date.localeCompare(a.paper.date) || a.paper.number - b.paper.number;
  const inCategory = (name) => (paper) => paper.categories.some(
    (category) => category.toLowerCase() === name.toLowerCase() || category.toLowerCase().startsWith(`${name.toLowerCase()}.`));

  // `First Last` is also `First M. Last` and `F. Last`, `Last` any of that name.
  function byAuthor(name) {
    const [family, given] = name.split(",");
    const wanted = parts(given === undefined ? name : `${given} ${family}`);
    const last = wanted.pop();
    const alike = (a, b) => a === b || (a.length === 1 && b.startsWith(a)) || (b.length === 1 && a.startsWith(b));
    return (paper) => paper.names.includes(` ${last} `) && paper.authors.split(", ").some((author) => {
      const found = parts(author);
      const at = found.lastIndexOf(last);
      return at >= 0 && wanted.every((word) => found.some((other, i) => i !== at && alike(word, other)));
    });
  }

  return Engine;
})();
