// Elements, always from text: nothing that a paper says is ever markup.
export function h(name, properties, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(properties ?? {})) {
    if (value === undefined || value === null || value === false) continue;
    if (key.startsWith("on")) element.addEventListener(key.slice(2), value);
    else if (key === "value") element.value = value;
    else element.setAttribute(key, value === true ? "" : value);
  }
  return add(element, children);
}

// Put elements and texts, in lists or not, at the end of one; what is empty is left out.
export function add(element, ...children) {
  element.append(...children.flat(9).filter((child) => child !== null && child !== undefined && child !== false && child !== ""));
  return element;
}

// Parts of a line with a blank between them, so that it reads well where styles do not reach.
export const spaced = (...parts) => parts.flat(9).filter(Boolean).flatMap((part, place) => (place ? [" ", part] : [part]));

let fading;
export function toast(message, action) {
  const place = document.querySelector("#toast");
  clearTimeout(fading);
  place.replaceChildren(h("span", null, message), action ? h("button", { type: "button", onclick: action.run }, action.name) : "");
  place.classList.add("shown");
  fading = setTimeout(() => place.classList.remove("shown"), 8000);
}

export function trouble(problem) {
  const remedy = problem.remedy ? `; ${problem.remedy}` : "";
  return h("p", { class: "warning", role: "alert" }, `${problem.message}${remedy}.`);
}

export const waiting = (what = "Loading") => h("p", { class: "note waiting", role: "status" }, `${what} …`);

export function later(run, milliseconds) {
  let timer;
  return (...values) => {
    clearTimeout(timer);
    timer = setTimeout(() => run(...values), milliseconds);
  };
}

// A question asked again and again, of which only the last answer counts.
export function latest() {
  let controller = null;
  return async (ask) => {
    controller?.abort();
    const mine = (controller = new AbortController());
    try {
      const answer = await ask(mine.signal);
      return mine.signal.aborted ? null : answer;
    } catch (error) {
      if (mine.signal.aborted) return null;
      throw error;
    }
  };
}

export const many = (number, word) => `${number.toLocaleString("en")} ${word}${number === 1 ? "" : "s"}`;
export const day = (moment) => (moment ? moment.slice(0, 10) : "");
