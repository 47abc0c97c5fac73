// The page: keeps the conversation on screen, sends questions, follows the answers.

import { label, sorry, words } from "/words.js";
import { Exchange, drawList, make, plain } from "/view.js";

const $ = (id) => document.getElementById(id);
const UNSENT = "frontdesk.unsent"; // questions that did not get through yet survive a reload
const phone = matchMedia("(max-width: 800px)");

let current = ""; // the conversation's id
let shown = new Map(); // id -> Exchange, in order
let stream = null; // the EventSource, open only while an answer is under way (browsers allow six connections)
let retry = 0;
let titled = "Frontdesk";

/** A random UUID; crypto.randomUUID exists only on https and localhost. */
function uuid() {
  const b = crypto.getRandomValues(new Uint8Array(16));
  b[6] = (b[6] & 15) | 64;
  b[8] = (b[8] & 63) | 128;
  const hex = [...b].map((x) => x.toString(16).padStart(2, "0")).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
}

/** Ask the server; throws {error} with the word for what went wrong. */
async function call(method, path, body) {
  let response;
  try {
    response = await fetch(path, {
      method,
      headers: method === "GET" ? {} : { "Content-Type": "application/json" },
      body: body && JSON.stringify(body),
      signal: AbortSignal.timeout(30000),
    });
  } catch {
    throw { error: "network" };
  }
  const data = response.status === 204 ? {} : await response.json().catch(() => ({}));
  if (response.ok) return { status: response.status, ...data };
  if (response.status === 401 && data.error === "sign_in") showSignIn();
  throw { error: data.error || "other", status: response.status };
}

// --- what is not sent yet

const unsent = {
  all() {
    try {
      return JSON.parse(localStorage.getItem(UNSENT)) || {};
    } catch {
      return {};
    }
  },
  change(edit) {
    const all = unsent.all();
    edit(all);
    try {
      localStorage.setItem(UNSENT, JSON.stringify(all));
    } catch { /* private mode: it stays on screen at least */ }
  },
};

// --- asking

function add(id, question) {
  const exchange = new Exchange(id, question, {
    press: (action, filled, choice) => press(exchange, action, filled, choice),
    again: () => send(exchange),
    drop: () => {
      unsent.change((all) => delete all[id]);
      remove(id);
    },
  });
  shown.set(id, exchange);
  $("exchanges").append(exchange.element);
  $("welcome").hidden = true;
  return exchange;
}

function remove(id) {
  shown.get(id)?.element.remove();
  shown.delete(id);
  $("welcome").hidden = shown.size > 0;
}

async function ask(question) {
  if (!current) {
    current = uuid();
    history.pushState(null, "", `#${current}`);
  }
  const exchange = add(uuid(), question);
  unsent.change((all) => (all[exchange.id] = { conversation: current, question }));
  toEnd(true);
  await send(exchange);
}

async function send(exchange) {
  const conversation = current;
  exchange.sending();
  try {
    const said = await call("POST", `/api/conversations/${conversation}/messages`,
      { id: exchange.id, text: exchange.question.textContent });
    unsent.change((all) => delete all[exchange.id]);
    if (said.status !== 202) {
      exchange.whisper(said.html);
    } else if (exchange.data.state === "sending") {
      exchange.update({ ...exchange.data, state: "waiting" });
      if (conversation === current) follow();
    }
    list();
  } catch ({ error, status }) {
    exchange.failed(error, status === 413 || status === 422);
  }
  toEnd();
}

async function press(exchange, action, filled, choice) {
  try {
    const said = await call("POST", `/api/conversations/${current}/messages/${exchange.id}/press`, { action, filled, choice });
    exchange.pressed(action, said);
  } catch ({ error }) {
    exchange.trouble(error);
  }
  toEnd();
}

// --- answers

function follow() {
  if (stream) return;
  const conversation = current;
  stream = new EventSource(`/api/conversations/${conversation}/events`);
  stream.addEventListener("open", () => {
    retry = 0;
    trouble("");
  });
  stream.addEventListener("exchange", (event) => {
    const data = JSON.parse(event.data);
    const exchange = shown.get(data.id) || add(data.id, data.question);
    const was = exchange.data;
    exchange.update(data);
    if (data.waits) say(plain(data.html)); // a place in the queue
    else if ((was?.state !== "writing" || was.waits || !was.html) && data.state === "writing" && data.html) say(words.writing);
    if (was && was.state !== "done" && data.state === "done") say(`${words.answer}: ${exchange.text.textContent}`);
    toEnd();
    if (![...shown.values()].some((e) => e.open)) unfollow();
  });
  stream.addEventListener("gone", (event) => remove(JSON.parse(event.data).id));
  stream.addEventListener("error", () => {
    trouble(words.offline);
    if (stream.readyState !== EventSource.CLOSED) return; // the browser tries again by itself
    unfollow();
    setTimeout(() => conversation === current && load(conversation), Math.min(1000 * 2 ** retry++, 15000));
  });
}

function unfollow() {
  stream?.close();
  stream = null;
}

async function load(id) {
  unfollow();
  if (id !== current) {
    shown = new Map();
    $("exchanges").replaceChildren();
    current = id;
  }
  mark();
  let found = [];
  try {
    if (id) found = (await call("GET", `/api/conversations/${id}`)).exchanges;
    trouble("");
  } catch ({ error }) {
    if (error === "network" || error === "other" || error === "unavailable") {
      trouble(words.offline);
      setTimeout(() => id === current && load(id), Math.min(1000 * 2 ** retry++, 15000));
      return;
    }
  }
  if (id !== current) return; // another one was opened meanwhile
  for (const data of found) (shown.get(data.id) || add(data.id, data.question)).update(data);
  for (const [uid, kept] of Object.entries(unsent.all())) {
    if (found.some((e) => e.id === uid)) unsent.change((all) => delete all[uid]);
    else if (kept.conversation === id && !shown.has(uid)) add(uid, kept.question).failed("network");
  }
  $("welcome").hidden = shown.size > 0;
  if ([...shown.values()].some((e) => e.open)) follow();
  toEnd(true);
}

async function list() {
  let conversations = [];
  try {
    ({ conversations } = await call("GET", "/api/conversations"));
  } catch {
    return; // what is listed stays
  }
  $("list-empty").hidden = conversations.length > 0;
  drawList($("list"), conversations, current, async (c) => {
    if (!confirm(words.removeSure({ title: c.title }))) return;
    try {
      await call("DELETE", `/api/conversations/${c.id}`);
    } catch ({ error }) {
      trouble(sorry(error));
    }
    if (c.id === current) location.hash = "";
    list();
  });
  mark();
}

/** The current conversation in the list, and in the title. */
function mark() {
  let name = "";
  for (const a of $("list").querySelectorAll("a")) {
    const here = a.getAttribute("href") === `#${current}`;
    if (here) a.setAttribute("aria-current", "page");
    else a.removeAttribute("aria-current");
    if (here) name = a.textContent;
  }
  $("title").textContent = name || titled;
  document.title = name ? `${name} · ${titled}` : titled;
}

// --- the page

function say(text) {
  $("said").textContent = text;
}

function trouble(text) {
  $("trouble").hidden = !text;
  $("trouble").textContent = text;
}

const view = $("scroll");
const nearEnd = () => view.scrollHeight - view.scrollTop - view.clientHeight < 120;
let following = true; // false while somebody reads further up
let placed = 0; // where we scrolled to last

/** Keep the newest in sight, but its question too: a long answer is read from its beginning. */
function toEnd(always) {
  following ||= Boolean(always);
  const last = $("exchanges").lastElementChild;
  if (following && last) {
    const top = last.getBoundingClientRect().top - view.getBoundingClientRect().top + view.scrollTop - 20;
    const target = Math.min(view.scrollHeight - view.clientHeight, top);
    if (always || target > view.scrollTop) view.scrollTop = target;
    placed = view.scrollTop;
  }
  $("latest").hidden = nearEnd();
}

function drawer(open) {
  document.body.classList.toggle("drawer", open);
  $("menu").setAttribute("aria-expanded", String(open));
  $("drawer").inert = phone.matches && !open;
  $("desk").inert = phone.matches && open;
  if (phone.matches && open) $("new").focus();
}

function fresh() {
  drawer(false);
  if (location.hash) location.hash = "";
  else load("");
  $("ask").focus();
}

function showSignIn() {
  $("sign-in").hidden = false;
  document.body.classList.add("outside");
  $("secret").focus();
}

function grow() {
  const field = $("ask");
  field.style.height = "auto";
  field.style.height = `${field.scrollHeight}px`;
  $("send").disabled = !field.value.trim();
}

$("composer").addEventListener("submit", (event) => {
  event.preventDefault();
  const question = $("ask").value.trim();
  if (!question) return;
  $("ask").value = "";
  grow();
  ask(question);
});
$("ask").addEventListener("input", grow);
$("ask").addEventListener("keydown", (event) => {
  // While a word is being composed (Chinese, Japanese, Korean), Enter belongs to the input method; Safari says 229.
  if (event.key !== "Enter" || event.shiftKey || event.isComposing || event.keyCode === 229) return;
  event.preventDefault();
  $("composer").requestSubmit();
});
$("sign-in").addEventListener("submit", async (event) => {
  event.preventDefault();
  try {
    await call("POST", "/api/sign-in", { secret: $("secret").value });
    $("secret").value = $("sign-in-problem").textContent = "";
    $("sign-in").hidden = true;
    document.body.classList.remove("outside");
    begin();
  } catch ({ error }) {
    $("sign-in-problem").textContent = sorry(error);
  }
});
$("sign-out").addEventListener("click", async () => {
  await call("POST", "/api/sign-out", {}).catch(() => {});
  unsent.change((all) => Object.keys(all).forEach((id) => delete all[id]));
  location.reload();
});
$("menu").addEventListener("click", () => drawer(!document.body.classList.contains("drawer")));
$("backdrop").addEventListener("click", () => drawer(false));
$("new").addEventListener("click", fresh);
$("new-small").addEventListener("click", fresh);
$("list").addEventListener("click", (event) => event.target.closest("a") && drawer(false));
$("latest").addEventListener("click", () => view.scrollTo({ top: view.scrollHeight, behavior: "smooth" }));
view.addEventListener("scroll", () => {
  if (Math.abs(view.scrollTop - placed) > 2) following = nearEnd();
  $("latest").hidden = nearEnd();
}, { passive: true });
phone.addEventListener("change", () => drawer(false));
addEventListener("keydown", (event) => event.key === "Escape" && drawer(false));
addEventListener("hashchange", () => location.hash.slice(1) !== current && load(location.hash.slice(1)));
document.addEventListener("visibilitychange", () => !document.hidden && !stream && current && load(current));
setInterval(() => shown.forEach((e) => e.open && e.tick()), 1000);

/** Who writes the answers; while a model may still come, asked again and again. */
let quoted = false;
function writes(writer) {
  quoted ||= Boolean(writer?.awaited);
  $("writer").hidden = !quoted;
  $("writer").textContent = writer?.name ? words.writes({ name: writer.name }) : words.quotes;
  if (!writer?.awaited) return;
  setTimeout(() => call("GET", "/api/about").then((about) => {
    writes(about.writer);
    if (about.writer?.name) say(words.writes({ name: about.writer.name }));
  }).catch(() => writes(writer)), 5000);
}

async function begin() {
  try {
    const about = await call("GET", "/api/about");
    writes(about.writer);
    titled = about.title;
    $("brand").textContent = about.title;
    $("sign-out").hidden = !about.secret;
    $("examples").replaceChildren(...about.examples.map((text) =>
      make("button", { type: "button", dir: "auto", onclick: () => ask(text) }, text)));
  } catch ({ error }) {
    if (error === "sign_in") return;
    trouble(words.offline);
    setTimeout(begin, Math.min(1000 * 2 ** retry++, 15000));
    return;
  }
  trouble("");
  list();
  load(location.hash.slice(1));
}

label(document);
drawer(false);
grow();
begin();
if (!phone.matches) $("ask").focus();
