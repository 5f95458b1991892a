// What the reader says of papers: likes, dislikes, what is to be read; and taking it back.
import { part, put, remove } from "./api.js";
import { h, toast } from "./dom.js";

const KIND = { like: "rating", dislike: "rating", saved: "reading", done: "reading" };
const SAID = { like: "Liked", dislike: "Disliked", saved: "Saved to read", done: "Read" };
let undo = null;

async function tell(paper, rating) {
  const kind = KIND[rating];
  const before = paper[kind];
  const after = before === rating ? null : rating;
  await change(paper, kind, before, after);
  undo = () => change(paper, kind, after, before);
  toast(`${after ? SAID[rating] : `Not ${SAID[rating].toLowerCase()} any more`}: ${paper.title}`, { name: "Undo", run: takeBack });
}

async function change(paper, kind, before, after) {
  const path = `/profile/papers/${part(paper.id)}`;
  if (after) await put(path, { rating: after });
  else if (before) await remove(`${path}?rating=${before}`);
  paper[kind] = after;
  document.dispatchEvent(new CustomEvent("rated", { detail: { id: paper.id, kind, rating: after } }));
}

export async function takeBack() {
  if (!undo) return toast("Nothing to undo");
  const back = undo;
  undo = null;
  await attempt(async () => {
    await back();
    toast("Undone");
  });
}

async function attempt(run, left = 20) {
  try {
    await run();
  } catch (problem) {
    if (problem.status === 503 && left > 0) { // an update is writing: what was pressed is not lost
      toast(`${problem.message}; waiting for it to end`);
      await new Promise((resolve) => setTimeout(resolve, 3000));
      return attempt(run, left - 1);
    }
    toast(`${problem.message}${problem.remedy ? `; ${problem.remedy}` : ""}`);
  }
}

export const rate = (paper, rating) => attempt(() => tell(paper, rating));

export function buttons(paper) {
  const made = [["like", "Like"], ["dislike", "Dislike"], ["saved", "Read later"]].map(([rating, name]) => {
    const kind = KIND[rating];
    const button = h("button", { type: "button", class: `rate ${rating}`, "data-rating": rating, onclick: () => rate(paper, rating) }, name);
    const show = () => button.setAttribute("aria-pressed", String(paper[kind] === rating));
    document.addEventListener("rated", ({ detail }) => {
      if (detail.id !== paper.id || !button.isConnected) return;
      paper[detail.kind] = detail.rating;
      show();
    });
    show();
    return button;
  });
  return h("div", { class: "rates", role: "group", "aria-label": `What you think of ${paper.title}` }, made);
}
