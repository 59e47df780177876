// The dance as one sees it: you stand still, the prospect comes closer or steps away; the ring is their willingness.
const PLACES = { leaning_in: 150, together: 225, stepped_back: 330, stepped_back_again: 405, turned_and_running: 480, still_running: 550, gone: 625 };
export const WORDS = {
  leaning_in: "leans in", together: "is with you", stepped_back: "has stepped back", stepped_back_again: "has stepped back again",
  turned_and_running: "has turned and runs", still_running: "is still running", gone: "is gone",
};
export const KINDS = { step_back: ["room", "○", "you gave room"], pressure: ["push", "▲", "you pushed"], step_in: ["meet", "●", "you met them"], neutral: ["none", "–", "neither"], unclear: ["none", "–", "not clear"] };
const ROUND = 2 * Math.PI * 24;
const SVG = "http://www.w3.org/2000/svg";

function add(parent, name, attributes, text) {
  const element = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  if (text !== undefined) element.textContent = text;
  parent.append(element);
  return element;
}

export class Stage {
  constructor(root, first, hides) {
    this.first = first;
    this.hides = hides;
    const svg = add(root, "svg", { viewBox: "0 0 680 210", role: "img", "aria-label": `The dance floor: you and ${first}` });
    add(svg, "rect", { class: "close", x: 20, y: 18, width: 250, height: 144, rx: 12 });
    add(svg, "text", { class: "zone", x: 34, y: 40 }, "together");
    add(svg, "text", { class: "zone", x: 660, y: 40, "text-anchor": "end" }, "away");
    add(svg, "line", { class: "ground", x1: 20, x2: 660, y1: 162, y2: 162 });
    this.ticks = {};
    for (const [name, x] of Object.entries(PLACES)) this.ticks[name] = add(svg, "circle", { class: "tick", cx: x, cy: 162, r: 4 });
    const you = add(svg, "g", { transform: "translate(75 100)" });
    add(you, "circle", { class: "you", r: 19 });
    add(you, "text", { class: "name", y: 47, "text-anchor": "middle" }, "you");
    this.mover = add(svg, "g", { class: "mover" });
    add(this.mover, "circle", { class: "they", r: 19 });
    add(this.mover, "circle", { class: "rim", r: 24 });
    this.ring = add(this.mover, "circle", { class: "will", r: 24, transform: "rotate(-90)", "stroke-dasharray": `0 ${ROUND}` });
    add(this.mover, "text", { class: "name", y: 47, "text-anchor": "middle" }, first);
    this.steps = add(svg, "g", { class: "steps" });
    this.count = 0;
    this.stand("stepped_back");
    if (hides) for (const part of [this.ring, this.mover]) part.setAttribute("visibility", "hidden");
  }

  stand(position) {
    if (!(position in PLACES)) return;
    this.mover.style.transform = `translate(${PLACES[position]}px, 100px)`;
    for (const [name, tick] of Object.entries(this.ticks)) tick.setAttribute("class", name === position && !this.hides ? "here" : "tick");
  }

  show() {
    this.hides = false;
    for (const part of [this.ring, this.mover]) part.setAttribute("visibility", "visible");
  }

  willing(value) {
    this.ring.setAttribute("stroke-dasharray", `${(value * ROUND).toFixed(1)} ${ROUND}`);
  }

  step(verdict) {
    const [kind, shape, words] = KINDS[verdict] ?? KINDS.unclear;
    const x = 34 + 26 * (this.count % 25);
    const mark = add(this.steps, "text", { class: kind, x, y: 195 }, shape);
    add(mark, "title", {}, `Reply ${++this.count}: ${words}`);
  }

  unstep() {
    if (!this.count) return;
    this.steps.lastChild.remove();
    this.count -= 1;
  }
}
