// Inputs that several forms share.
import { h } from "./dom.js";

// Categories between commas or blanks, with arXiv's own to choose from.
export function categories(id, chosen, known) {
  const input = h("input", { id, name: id, list: `${id}-known`, autocomplete: "off", spellcheck: "false", placeholder: "e.g. cs.CV, math", value: chosen.join(", ") });
  const names = h("datalist", { id: `${id}-known` });
  const offer = () => {
    const before = input.value.replace(/[^,\s]*$/, "");
    names.replaceChildren(...known.map((name) => h("option", { value: before + name })));
  };
  input.addEventListener("input", offer);
  offer();
  const all = new Set(known);
  const parts = () => input.value.split(/[,\s]+/).filter(Boolean);
  return { input: h("div", null, input, names), values: () => parts().filter((name) => all.has(name)), unknown: () => parts().filter((name) => !all.has(name)) };
}

export const words = (text) => text.split(/[,\s]+/).filter(Boolean);
