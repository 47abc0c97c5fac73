// What the page says, from the texts of bot/phrases/web; the browser's first language decides.

import texts from "/texts.js";

const wanted = navigator.language || "en";
const traditional = /^zh-(?:.*-)?(?:hant|tw|hk|mo)\b/i.test(wanted);
const language = traditional ? "zh-TW" : /^zh\b/i.test(wanted) ? "zh" : "en";

const fill = (text) => (values) => text.replace(/\{(\w+)\}/g, (_, name) => values[name]);

/** Every text by its name; one with gaps is a function of what stands in them, `words.source({ n: 3 })`. */
export const words = Object.fromEntries(
  Object.entries(texts[language]).map(([name, text]) => [name, /\{\w+\}/.test(text) ? fill(text) : text]),
);

/** How old a text is. */
export function age(months) {
  return months < 24 ? words.old_months({ n: months }) : words.old_years({ n: Math.floor(months / 12) });
}

/** Put the words into the page's own elements. */
export function label(root) {
  document.documentElement.lang = language === "en" ? "en" : wanted;
  for (const e of root.querySelectorAll("[data-word]")) e.textContent = words[e.dataset.word];
  for (const e of root.querySelectorAll("[data-label]")) e.setAttribute("aria-label", words[e.dataset.label]);
  for (const e of root.querySelectorAll("[data-placeholder]")) e.placeholder = words[e.dataset.placeholder];
}

/** The sentence for an error that the server named. */
export function sorry(error) {
  return words[`error_${error}`] || words.error_other;
}
