// The map: shows the title under the pointer or the focus, and moves the focus with the arrow keys.
"use strict";
const plot = document.querySelector(".plot");
const marks = plot ? [...plot.querySelectorAll("a")] : [];
const line = document.querySelector(".hover");

for (const mark of marks) {
  for (const event of ["pointerenter", "focus"]) {
    mark.addEventListener(event, () => { line.textContent = mark.getAttribute("aria-label"); });
  }
}

plot?.addEventListener("keydown", (event) => {
  const way = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key];
  const from = event.target.closest("a");
  if (!way || !from) return;
  event.preventDefault();
  const place = (mark) => { const { e, f } = mark.transform.baseVal[0].matrix; return [e, f]; };
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
