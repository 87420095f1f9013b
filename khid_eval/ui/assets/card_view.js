// The photo with the quads of its fields, the list of fields, and the facts: parts that the page places where it likes,
// linked with each other. Every text is set as text, never as markup.

const SVG = "http://www.w3.org/2000/svg";
const ICONS = { accept: "✓", review: "!", unread: "–", plain: "" };
const ZOOMS = [1, 1.5, 2.2, 3.2, 4.6];
const MANY_QUADS = 6; // enough to say where the card is
const CARD_EDGE = 0.09; // of the longer side of what the fields take: the card goes a little beyond them

/** Attributes: "text" is set as text, "on…" are listeners, null and false are left out. */
function build(one, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (name === "text") one.textContent = value;
    else if (name.startsWith("on")) one.addEventListener(name.slice(2), value);
    else one.setAttribute(name, value);
  }
  one.append(...children.filter(Boolean));
  return one;
}

const make = (tag, attributes = {}, ...children) => build(document.createElement(tag), attributes, children);
const draw = (tag, attributes = {}, ...children) => build(document.createElementNS(SVG, tag), attributes, children);

const COPY = "M8 8h11v12H8zM5 16V4h11";
const DONE = "M5 13l4.5 4.5L19 7";
const FIT = "M4 9V4h5M15 4h5v5M20 15v5h-5M9 20H4v-5";
const icon = (path) => draw("svg", { class: "kv-icon", viewBox: "0 0 24 24", "aria-hidden": "true" }, draw("path", { d: path }));
const percent = (share) => `${(100 * share).toFixed(1)} %`;
const points = (quad) => quad.map(([x, y]) => `${x},${y}`).join(" ");

/** The box (x, y, width, height) of the photo after turning it by -deg around its middle. */
function turnedBox(width, height, deg) {
  const turn = (Math.abs(deg) * Math.PI) / 180;
  const [cos, sin] = [Math.abs(Math.cos(turn)), Math.abs(Math.sin(turn))];
  const [w, h] = [width * cos + height * sin, width * sin + height * cos];
  return [(width - w) / 2, (height - h) / 2, w, h];
}

function centre(quad) {
  return [0, 1].map((axis) => quad.reduce((sum, point) => sum + point[axis], 0) / 4);
}

class CardView {
  constructor() {
    this.data = {};
    this.roots = {}; // part -> its element
    this.marks = {}; // part -> field -> what is marked with it
    this.state = { selected: null, upright: false, boxes: true, zoom: 0, centre: null }; // survives redraws
  }

  /** Draws one part. What it brings is known to all parts. */
  show(part, root, data) {
    if (this.state.subject !== data.subject) {
      // Another photo is seen whole; the same one made harder stays as it was zoomed.
      Object.assign(this.state, { subject: data.subject, selected: null, zoom: 0, centre: null });
    }
    Object.assign(this.data, data);
    this.roots[part] = root;
    this.marks[part] = new Map();
    root.lang = data.lang;
    root.replaceChildren(...this.drawn(part).filter(Boolean));
    this.frame();
    this.mark(this.state.selected, true);
  }

  drawn(part) {
    if (part === "fields") return [this.banner(), this.list()];
    if (part === "facts") return [this.facts()];
    this.svg = null;
    return this.data.photo ? [this.photo(), this.tools(), this.approximate()] : [];
  }

  // ---- photo
  photo() {
    const { photo, width, height, words } = this.data;
    this.turned = draw("g", {}, draw("image", { href: photo, width, height }));
    if (this.data.portrait) {
      this.turned.append(draw("polygon", { class: "kv-portrait", points: points(this.data.portrait) }));
    }
    this.boxes = draw("g", { class: "kv-boxes" });
    this.data.fields.forEach((field, index) => field.quad && this.boxes.append(this.box(field, index)));
    this.turned.append(this.boxes);
    this.svg = draw("svg", { class: "kv-svg", role: "group", "aria-label": words.photo }, this.turned);
    this.svg.addEventListener("pointerdown", (event) => this.drag(event));
    return make("div", { class: "kv-photo" }, this.svg);
  }

  box(field, index) {
    const name = `${field.label}: ${field.text || this.data.words.not_read}. ${field.stateWord}`;
    const box = draw("g", {
      class: `kv-box kv-${field.state}`, tabindex: this.boxes.childElementCount ? "-1" : "0", role: "button", "aria-label": name, "data-field": field.name,
      onpointerenter: () => this.mark(field.name),
      onpointerleave: () => this.mark(this.state.selected),
      onfocus: () => { this.stopAt(box); this.mark(field.name); },
      onblur: () => this.mark(this.state.selected),
      onclick: () => this.select(field.name, true),
      onkeydown: (event) => this.keys(event, index),
    });
    box.append(
      draw("polygon", { class: "kv-edge", points: points(field.quad) }),
      draw("polygon", { class: "kv-quad", points: points(field.quad) }),
      draw("title", { text: `${field.label}: ${field.text}` }));
    this.remember("photo", field.name, box);
    return box;
  }

  /** All boxes are one stop of the Tab key; the arrow keys move between them. */
  stopAt(box) {
    for (const one of this.boxes.children) one.setAttribute("tabindex", one === box ? "0" : "-1");
  }

  tools() {
    const { words, turnDeg } = this.data;
    const button = (name, text, pressed, action, title) =>
      make("button", {
        type: "button", class: "kv-tool", "data-tool": name, "aria-pressed": pressed, "aria-label": title, title, text,
        onclick: action,
      });
    const again = (change) => () => { Object.assign(this.state, change()); this.frame(); };
    this.uprightTool = button("upright", words.upright, "false", again(() => ({ upright: !this.state.upright })));
    this.boxTool = button("boxes", words.boxes, "true", again(() => ({ boxes: !this.state.boxes })));
    return make("div", { class: "kv-tools" },
      Math.abs(turnDeg) >= 1 ? this.uprightTool : null,
      this.boxTool,
      make("span", { class: "kv-gap" }),
      button("zoom-out", "−", null, again(() => ({ zoom: Math.max(0, this.state.zoom - 1) })), words.zoom_out),
      button("zoom-in", "+", null, again(() => ({ zoom: Math.min(ZOOMS.length - 1, this.state.zoom + 1) })), words.zoom_in),
      this.fit(button("zoom-fit", "", null, again(() => ({ zoom: 0, centre: null })), words.zoom_fit)),
    );
  }

  fit(button) {
    button.append(icon(FIT));
    return button;
  }

  approximate() {
    return this.data.approximate ? make("p", { class: "kv-note", text: this.data.words.approximate }) : null;
  }

  /** What is seen without zoom: the whole photo, or turned upright the card in it, as far as its fields tell. */
  seen(turn) {
    const { width, height, fields, portrait } = this.data;
    const whole = turnedBox(width, height, turn);
    const quads = [portrait, ...fields.map((field) => field.quad)].filter(Boolean);
    if (!this.state.upright || quads.length < MANY_QUADS) return whole;
    const all = quads.flat().map((point) => this.turnedPoint(point, turn));
    const [left, top, right, bottom] = [0, 1].map((axis) => Math.min(...all.map((point) => point[axis])))
      .concat([0, 1].map((axis) => Math.max(...all.map((point) => point[axis]))));
    const edge = CARD_EDGE * Math.max(right - left, bottom - top);
    const x = Math.max(whole[0], left - edge);
    const y = Math.max(whole[1], top - edge);
    return [x, y, Math.min(whole[0] + whole[2], right + edge) - x, Math.min(whole[1] + whole[3], bottom + edge) - y];
  }

  /** Applies turn, boxes and zoom to what is drawn. */
  frame() {
    if (!this.svg) return;
    const { width, height, turnDeg } = this.data;
    const turn = this.state.upright ? -turnDeg : 0;
    const [x, y, w, h] = this.seen(turn);
    const zoom = ZOOMS[this.state.zoom];
    const [zw, zh] = [w / zoom, h / zoom];
    const [cx, cy] = this.turnedPoint(this.state.centre ?? [width / 2, height / 2], turn);
    const left = Math.min(Math.max(cx - zw / 2, x), x + w - zw);
    const top = Math.min(Math.max(cy - zh / 2, y), y + h - zh);
    this.svg.setAttribute("viewBox", `${left} ${top} ${zw} ${zh}`);
    this.svg.style.aspectRatio = `${w} / ${h}`;
    this.svg.classList.toggle("kv-zoomed", zoom > 1);
    this.turned.setAttribute("transform", `rotate(${turn} ${width / 2} ${height / 2})`);
    this.boxes.style.display = this.state.boxes ? "" : "none";
    this.uprightTool.setAttribute("aria-pressed", this.state.upright);
    this.boxTool.setAttribute("aria-pressed", this.state.boxes);
  }

  turnedPoint([x, y], deg) {
    const { width, height } = this.data;
    const turn = (deg * Math.PI) / 180;
    const [dx, dy] = [x - width / 2, y - height / 2];
    return [width / 2 + dx * Math.cos(turn) - dy * Math.sin(turn), height / 2 + dx * Math.sin(turn) + dy * Math.cos(turn)];
  }

  drag(start) {
    if (this.state.zoom === 0) return;
    const [x, y, w] = this.svg.getAttribute("viewBox").split(" ").map(Number);
    const h = Number(this.svg.getAttribute("viewBox").split(" ")[3]);
    const scale = w / this.svg.clientWidth;
    const turn = this.state.upright ? -this.data.turnDeg : 0;
    const move = (event) => {
      const middle = [x + w / 2 - (event.clientX - start.clientX) * scale, y + h / 2 - (event.clientY - start.clientY) * scale];
      this.state.centre = this.turnedPoint(middle, -turn);
      this.frame();
    };
    const stop = () => { window.removeEventListener("pointermove", move); window.removeEventListener("pointerup", stop); };
    window.addEventListener("pointermove", move);
    window.addEventListener("pointerup", stop);
  }

  // ---- list of fields
  list() {
    const rows = this.data.fields.map((field, index) => this.row(field, index));
    return make("ul", { class: "kv-list", "aria-label": this.data.words.fields }, ...rows);
  }

  row(field, index) {
    const { words } = this.data;
    const button = make("button", {
      type: "button", class: "kv-row", "aria-pressed": "false", "data-field": field.name,
      onpointerenter: () => this.mark(field.name),
      onpointerleave: () => this.mark(this.state.selected),
      onfocus: () => this.mark(field.name),
      onblur: () => this.mark(this.state.selected),
      onclick: () => this.select(field.name),
      onkeydown: (event) => this.keys(event, index),
    },
      make("span", { class: "kv-line" }, make("span", { class: "kv-head" },
        make("span", { class: "kv-label", text: field.label }),
        field.caption ? make("span", { class: "kv-caption", lang: "km", text: field.caption }) : null,
        make("span", { class: "kv-key", text: field.name })), this.number(field)),
      make("span", { class: "kv-line kv-body" }, make("span", { class: `kv-value${field.mono ? " kv-mono" : ""}`, lang: field.mono ? "en" : "km", text: field.text || words.not_read }),
      make("span", { class: "kv-checks" }, ...field.checks.map((check) => this.check(check)))),
      this.bar(field));
    const item = make("li", { class: `kv-item kv-${field.state}`, "data-field": field.name },
      make("span", { class: "kv-state", title: field.stateWord, role: "img", "aria-label": field.stateWord, text: ICONS[field.state] }),
      button, field.copyable ? this.copy(field) : null);
    this.remember("fields", field.name, item);
    return item;
  }

  number(field) {
    const { words } = this.data;
    if (field.confidence === null) return null; // what was not read has none
    const cutoff = field.cutoff === null ? "" : `, ${words.cutoff} ${percent(field.cutoff)}`;
    const title = `${words.confidence} ${percent(field.confidence)}${cutoff}`;
    return make("span", { class: "kv-number", title, text: percent(field.confidence) });
  }

  /** As wide as the row: the cut-offs of all fields stand under each other, and 97 % can be told from 99 %. */
  bar(field) {
    if (field.confidence === null) return null;
    const bar = make("span", { class: "kv-bar" }, make("span", { class: "kv-fill" }));
    bar.firstChild.style.width = `${100 * field.confidence}%`;
    if (field.cutoff !== null) {
      const tick = make("span", { class: "kv-tick" });
      tick.style.left = `${100 * field.cutoff}%`;
      bar.append(tick);
    }
    return bar;
  }

  check(check) {
    const text = `${check.passed ? "✓" : "✗"} ${check.short}`;
    return make("span", { class: `kv-check ${check.passed ? "kv-good" : "kv-bad"}`, title: check.long, text });
  }

  copy(field) {
    const { words } = this.data;
    const button = make("button", { type: "button", class: "kv-copy", "aria-label": `${words.copy}: ${field.label}`, title: words.copy }, icon(COPY));
    button.addEventListener("click", async () => {
      await navigator.clipboard.writeText(field.text);
      button.replaceChildren(icon(DONE));
      button.title = words.copied;
      setTimeout(() => { button.replaceChildren(icon(COPY)); button.title = words.copy; }, 1500);
    });
    return button;
  }

  // ---- banner and facts

  banner() {
    const { banner } = this.data;
    if (!banner) return null;
    const sign = make("span", { class: "kv-banner-icon", "aria-hidden": "true", text: ICONS[banner.state] || "i" });
    const lines = banner.lines.map((text) => make("p", { text }));
    return make("div", { class: `kv-banner kv-${banner.state}`, role: "status" },
      sign, make("div", {}, make("strong", { text: banner.title }), ...lines));
  }

  facts() {
    const { facts, scored, portraitImage, words } = this.data;
    const picture = portraitImage
      ? make("img", { class: "kv-face", src: portraitImage, alt: words.portrait })
      : null;
    const items = (facts ?? []).map((fact) =>
      make("div", { class: `kv-fact kv-fact-${fact.state}` },
        make("dt", { text: fact.label }), make("dd", { text: fact.value }),
        fact.advice ? make("dd", { class: "kv-advice", text: fact.advice }) : null));
    if (!picture && !items.length) return null;
    const note = scored ? make("p", { class: "kv-scores", text: words.scores }) : null;
    return make("div", { class: "kv-facts" }, picture, make("div", {}, make("dl", {}, ...items), note));
  }

  // ---- the link between both

  remember(part, name, element) {
    this.marks[part].set(name, element);
  }

  mark(name, quiet = false) {
    for (const marks of Object.values(this.marks)) {
      for (const [other, element] of marks) element.classList.toggle("kv-on", other === name);
    }
    if (quiet) this.press();
  }

  press() {
    this.roots.fields?.querySelectorAll(".kv-row").forEach((row) => row.setAttribute("aria-pressed", row.dataset.field === this.state.selected));
  }

  select(name, scroll = false) {
    this.state.selected = this.state.selected === name ? null : name;
    const field = this.data.fields.find((one) => one.name === this.state.selected);
    if (field?.quad) this.state.centre = centre(field.quad);
    this.frame();
    this.mark(this.state.selected ?? name);
    this.press();
    if (scroll && field) this.marks.fields?.get(name)?.scrollIntoView({ block: "nearest" });
  }

  keys(event, index) {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (event.key === "Escape") { this.state.selected = null; this.press(); this.mark(null); return; }
    const inBox = event.currentTarget.matches(".kv-box");
    if (inBox && (event.key === "Enter" || event.key === " ")) {
      event.preventDefault();
      this.select(event.currentTarget.dataset.field, true);
    }
    if (!step) return;
    event.preventDefault();
    const all = [...(inBox ? this.roots.photo.querySelectorAll(".kv-box") : this.roots.fields.querySelectorAll(".kv-row"))];
    const here = inBox ? all.indexOf(event.currentTarget) : index;
    all[(here + step + all.length) % all.length].focus();
  }
}

export default function ({ data, parentElement }) {
  const root = parentElement.querySelector(".kv");
  const around = root.getRootNode().host.closest(`.st-key-${data.card}`);
  around.khidCard ??= new CardView(); // kept where it is forgotten together with its parts
  around.khidCard.show(data.part, root, data);
}
