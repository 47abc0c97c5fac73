// Draws what was asked and answered.  HTML comes from the server, which builds it from a parsed tree; all other text is text.

import { age, sorry, words } from "/words.js";

const ICONS = {
  helpful: "M7 11v9H4v-9zM7 11l4-8c1.5 0 2.6 1.2 2.3 2.7L12.6 9H18a2 2 0 0 1 2 2.4l-1.3 6.9A2 2 0 0 1 16.7 20H7",
  not_helpful: "M17 13V4h3v9zM17 13l-4 8c-1.5 0-2.6-1.2-2.3-2.7L11.4 15H6a2 2 0 0 1-2-2.4l1.3-6.9A2 2 0 0 1 7.3 4H17",
  person: "M12 12a4 4 0 1 0 0-8 4 4 0 0 0 0 8zM4 20a8 8 0 0 1 16 0",
  "draft.export": "M12 4v11M7 11l5 5 5-5M5 20h14",
  "draft.versions": "M12 8v4l3 2M4 12a8 8 0 1 0 2.5-5.8M4 4v4h4",
  bin: "M5 7h14M10 7V4h4v3M7 7l1 13h8l1-13",
};

const OLD_DAYS = 180; // as in engine/age.py
/** How many days ago a source was written; 0 where nobody knows. */
const days = (source) => (source.dated ? (Date.now() / 1000 - source.dated) / 86400 : 0);

/** An element with attributes and children; strings become text. */
export function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (value === true) element.setAttribute(name, "");
    else if (value !== false && value != null) element.setAttribute(name, value);
  }
  element.append(...children.filter((child) => child != null));
  return element;
}

export function icon(name) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("aria-hidden", "true");
  const path = document.createElementNS(svg.namespaceURI, "path");
  path.setAttribute("d", ICONS[name]);
  svg.append(path);
  return svg;
}

/** Copies text; where the clipboard is closed to us (no https), the old way. */
async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    const area = make("textarea", { class: "hidden", readonly: true });
    area.value = text;
    document.body.append(area);
    area.select();
    document.execCommand("copy");
    area.remove();
  }
}

/** A link that saves a file. */
function saving({ name, text }) {
  return make("a", { href: URL.createObjectURL(new Blob([text], { type: "text/plain" })), download: name }, name);
}

const raw = new WeakMap(); // an element as it came, before it was dressed up

/** Replace only what changed: what was there before keeps its selection, focus and scroll position. */
function patch(container, html) {
  const template = document.createElement("template");
  template.innerHTML = html;
  const next = [...template.content.childNodes].filter((node) => node.nodeType === Node.ELEMENT_NODE || node.data.trim());
  const key = (node) => node.outerHTML ?? node.data;
  let same = 0;
  while (same < next.length && raw.get(container.childNodes[same]) === key(next[same])) same++;
  while (container.childNodes.length > same) container.lastChild.remove();
  for (const node of next.slice(same)) {
    const came = key(node);
    container.append(node);
    if (node.nodeType === Node.ELEMENT_NODE) dress(node);
    raw.set(container.lastChild, came);
  }
}

/** The words of a piece of HTML. */
export function plain(html) {
  const template = document.createElement("template");
  template.innerHTML = html;
  return template.content.textContent;
}

/** Code gets a bar with its language and a copy button; a source's marker becomes a button that leads to the source. */
function dress(node) {
  const all = (selector) => [...(node.matches(selector) ? [node] : []), ...node.querySelectorAll(selector)];
  for (const marker of all(".source")) {
    const number = marker.textContent.replace(/\D/g, "");
    marker.replaceWith(make("button", { type: "button", class: "marker", "data-source": number, "aria-label": words.source({ n: number }) }, number));
  }
  for (const pre of all("pre")) {
    pre.tabIndex = 0;
    const code = pre.textContent;
    const button = make("button", { type: "button" }, words.copy);
    button.addEventListener("click", async () => {
      await copy(code);
      button.textContent = words.copied;
      setTimeout(() => (button.textContent = words.copy), 1600);
    });
    const language = /language-(\S+)/.exec(pre.firstElementChild?.className ?? "")?.[1] ?? "";
    const frame = make("div", { class: "code" }, make("div", { class: "bar" }, make("span", {}, language), button));
    pre.replaceWith(frame);
    frame.append(pre);
  }
}

/** One question with its answer.  `update` takes the server's JSON, or what we know before it has any. */
export class Exchange {
  constructor(id, question, on) {
    this.id = id;
    this.on = on; // press(action, filled, choice), again(), drop(): what the buttons do
    this.data = null;
    this.since = Date.now();
    this.question = make("div", { class: "question", dir: "auto" }, question);
    this.state = make("p", { class: "state" });
    this.text = make("div", { class: "text", dir: "auto" });
    this.sources = make("aside", { class: "sources", hidden: true });
    this.buttons = make("div", { class: "buttons", hidden: true });
    this.note = make("div", { class: "note", role: "status" });
    this.answer = make("div", { class: "answer" }, make("h3", { class: "hidden" }, words.answer), this.state, this.text,
      this.sources, this.buttons, this.note);
    this.element = make("article", { id: `x-${id}` }, make("h3", { class: "hidden" }, words.you), this.question, this.answer);
    this.text.addEventListener("click", (event) => this.toSource(event));
  }

  /** Whether the server is at work on it. */
  get open() {
    return ["waiting", "writing"].includes(this.data?.state);
  }

  update(data) {
    this.data = data;
    const done = data.state === "done";
    if (this.question.textContent !== data.question) this.question.textContent = data.question;
    this.answer.setAttribute("aria-busy", String(!done));
    this.element.classList.toggle("writing", data.state === "writing" && Boolean(data.html) && !data.waits);
    patch(this.text, data.waits ? "" : data.html);
    this.drawSources(data.sources);
    this.tick();
    const silent = data.outcome === "ignored";
    this.buttons.hidden = !done || silent || data.outcome === "refused";
    if (!this.buttons.hidden) this.drawButtons(data);
    this.answer.hidden = silent;
  }

  /** What is going on, in words; called every second while something is. */
  tick() {
    const { state, html, outcome, waits } = this.data;
    const seconds = Math.round((Date.now() - this.since) / 1000);
    this.say(
      waits ? plain(html)
      : outcome === "handed_off" ? words.handed_off
      : state === "done" || html ? ""
      : state === "sending" ? words.sending
      : seconds >= 8 ? words.long({ s: seconds })
      : state === "waiting" && seconds < 2 ? words.waiting
      : words.reading,
      state !== "done");
  }

  say(text, busy) {
    this.state.hidden = !text;
    if (this.state.lastChild?.data === text) return;
    this.state.className = busy ? "state busy" : "state badge";
    this.state.replaceChildren(...(busy && text ? [make("span", { class: "dots", "aria-hidden": "true" }, make("i"), make("i"), make("i"))] : []), text);
  }

  /** It did not get through: the text stays, and can be sent again. */
  failed(error, final) {
    this.data = { state: "failed" };
    this.answer.removeAttribute("aria-busy");
    this.state.hidden = true;
    this.note.className = "note trouble";
    this.note.replaceChildren(
      make("span", {}, `${words.notSent} ${sorry(error)}`),
      ...(final ? [] : [make("button", { type: "button", class: "primary", onclick: () => this.on.again() }, words.again)]),
      make("button", { type: "button", onclick: () => this.on.drop() }, words.drop));
  }

  sending() {
    this.note.replaceChildren();
    this.note.className = "note";
    this.since = Date.now();
    this.update({ question: this.question.textContent, state: "sending", html: "", sources: [], outcome: null });
  }

  /** An answer to a command, for this person alone. */
  whisper(html) {
    this.data = { state: "private" };
    this.answer.removeAttribute("aria-busy");
    this.say(words.private, false);
    patch(this.text, html);
  }

  drawSources(sources) {
    const drawn = JSON.stringify(sources);
    if (this.drawn === drawn) return;
    this.drawn = drawn;
    this.sources.hidden = !sources.length;
    const card = (source) => {
      const inside = [
        make("span", { class: "number", "aria-hidden": "true" }, String(source.number)),
        make("span", { class: "what" }, make("b", { dir: "auto" }, source.title),
          source.heading ? make("span", { dir: "auto" }, source.heading.replaceAll(" > ", " › ")) : null,
          days(source) >= OLD_DAYS ? make("span", {}, age(Math.floor(days(source) / 30.44))) : null),
      ];
      const id = this.sourceId(source.number);
      return make("li", {}, source.url
        ? make("a", { id, class: "card", href: source.url, target: "_blank", rel: "noopener noreferrer" }, ...inside,
          make("span", { class: "out", "aria-hidden": "true" }, "↗"), make("span", { class: "hidden" }, ` (${words.newTab})`))
        : make("div", { id, class: "card", tabindex: "-1" }, ...inside));
    };
    this.sources.replaceChildren(make("h4", {}, words.sources), make("ol", {}, ...sources.map(card)));
  }

  sourceId(number) {
    return `s-${this.id}-${number}`;
  }

  /** A marker in the text leads to its source below, which then has the focus: Enter opens it. */
  toSource(event) {
    const marker = event.target.closest("[data-source]");
    const card = marker && document.getElementById(this.sourceId(marker.dataset.source));
    if (!card) return;
    card.scrollIntoView({ block: "nearest", behavior: "smooth" });
    card.focus({ preventScroll: true });
    card.classList.remove("flash");
    void card.offsetWidth; // start the animation again
    card.classList.add("flash");
  }

  drawButtons(data) {
    const pressed = { helpful: data.helpful === true, not_helpful: data.helpful === false, person: data.outcome === "handed_off" };
    const names = [...(data.below ?? []), "helpful", "not_helpful", ...(pressed.person ? [] : ["person"])];
    if (this.buttons.childElementCount !== names.length) {
      const word = (name) => words[name.replace(".", "_")];
      this.buttons.replaceChildren(...names.map((name) =>
        make("button", { type: "button", "data-action": name, title: word(name), onclick: () => this.on.press(name) },
          icon(name), make("span", {}, word(name)))));
    }
    for (const button of this.buttons.children) {
      const { action } = button.dataset;
      if (action in pressed) button.setAttribute("aria-pressed", String(pressed[action]));
    }
  }

  /** A button was pressed, and this is what the desk says to it. */
  pressed(action, { html, form, choices, file }) {
    if (action.endsWith("helpful")) this.data.helpful = action === "helpful";
    this.drawButtons(this.data);
    this.note.className = "note";
    patch(this.note, html);
    if (form) this.note.append(this.drawForm(form));
    if (choices.length) this.note.append(this.drawChoices(choices));
    if (file) {
      const link = saving(file);
      this.note.append(link);
      link.click();
    }
  }

  drawChoices(choices) {
    return make("div", { class: "buttons" }, ...choices.map((one) =>
      make("button", { type: "button", "data-choice": one.choice, dir: "auto",
        onclick: () => this.on.press(one.action, {}, one.choice) }, one.under ? `${one.under} ${one.label}` : one.label)));
  }

  /** Something to fill in below the answer; what could not be sent stays in it. */
  drawForm(form) {
    const fields = form.entries.map((entry) => {
      const field = make("textarea", { name: entry.name, rows: entry.lines ? 2 : 1, maxlength: entry.most,
        required: entry.required, dir: "auto" });
      field.value = entry.value;
      return make("label", {}, make("span", {}, entry.label), field, entry.hint ? make("small", {}, entry.hint) : null);
    });
    return make("form", {
      class: "form",
      onsubmit: (event) => {
        event.preventDefault();
        this.on.press(form.action, Object.fromEntries(new FormData(event.target)));
      },
    }, ...fields, make("button", { type: "submit", class: "primary" }, words.send));
  }

  trouble(error) {
    const form = this.note.querySelector("form");
    this.note.className = "note trouble";
    this.note.replaceChildren(sorry(error), ...(form ? [form] : []));
  }
}

/** The list of conversations, by day. */
export function drawList(list, conversations, current, remove) {
  const start = new Date();
  start.setHours(0, 0, 0, 0);
  const today = start.getTime() / 1000;
  const day = (at) => (at >= today ? words.today : at >= today - 86400 ? words.yesterday : words.earlier);
  let last = "";
  list.replaceChildren(...conversations.flatMap((c) => {
    const head = day(c.at) === last ? [] : [make("li", { class: "day" }, (last = day(c.at)))];
    return [...head, make("li", {},
      make("a", { href: `#${c.id}`, "aria-current": c.id === current ? "page" : null, title: c.title, dir: "auto" }, c.title),
      make("button", { type: "button", class: "icon", "aria-label": words.remove({ title: c.title }), onclick: () => remove(c) }, icon("bin")))];
  }));
}
