// What the page says, in English and Chinese; the browser's first language decides.

const english = {
  skip: "Skip to the question",
  new: "New conversation",
  conversations: "Conversations",
  nothingYet: "Your questions will be listed here.",
  signOut: "Sign out",
  menu: "Conversations",
  closeMenu: "Close the list",
  hello: "How can I help?",
  promise: "Ask in your own words. Answers come from our documents, with their sources.",
  latest: "More below ↓",
  yourQuestion: "Your question",
  placeholder: "Ask a question…",
  keys: "Enter sends, Shift + Enter starts a new line.",
  send: "Send",
  signInTitle: "Welcome",
  signInAsk: "Please enter the secret that you were given for this page.",
  signIn: "Sign in",
  today: "Today",
  yesterday: "Yesterday",
  earlier: "Earlier",
  remove: (title) => `Delete “${title}”`,
  removeSure: (title) => `Delete “${title}” with all its answers?`,
  you: "You asked",
  answer: "Answer",
  sending: "Sending…",
  waiting: "Got your question…",
  reading: "Looking through the documents…",
  long: (s) => `Still working on it, ${s} s…`,
  writing: "The answer is being written.",
  sources: "Sources",
  source: (n) => `Source ${n}`,
  old: (months) => months < 24 ? `${months} months old` : `${Math.floor(months / 12)} years old`,
  newTab: "opens in a new tab",
  copy: "Copy",
  copied: "Copied",
  helpful: "Helpful",
  not_helpful: "Not helpful",
  person: "Ask a person",
  handed_off: "Passed on to a person",
  private: "Only you see this",
  notSent: "Not sent.",
  again: "Send again",
  drop: "Discard",
  offline: "The connection is lost. Trying again…",
  errors: {
    network: "The desk cannot be reached. Your text is kept here.",
    unavailable: "The desk cannot take this right now. Your text is kept here.",
    too_long: "This is too long: please shorten it.",
    too_often: "That was a little too often: please wait a minute.",
    wrong_secret: "That is not the secret of this page.",
    sign_in: "Please sign in again. Your text is kept here.",
    not_kept: "There is nothing to answer in this.",
    not_found: "This is not here any more.",
    other: "Something went wrong. Please try again.",
  },
};

const chinese = {
  skip: "跳到提问框",
  new: "新对话",
  conversations: "对话",
  nothingYet: "您的提问会列在这里。",
  signOut: "退出登录",
  menu: "对话列表",
  closeMenu: "关闭列表",
  hello: "有什么可以帮您？",
  promise: "请直接提问。回答来自我们的文档，并注明出处。",
  latest: "下方还有 ↓",
  yourQuestion: "您的问题",
  placeholder: "请输入问题…",
  keys: "Enter 发送，Shift + Enter 换行。",
  send: "发送",
  signInTitle: "欢迎",
  signInAsk: "请输入本页面的访问口令。",
  signIn: "登录",
  today: "今天",
  yesterday: "昨天",
  earlier: "更早",
  remove: (title) => `删除“${title}”`,
  removeSure: (title) => `要删除“${title}”及其全部回答吗？`,
  you: "您的提问",
  answer: "回答",
  sending: "正在发送…",
  waiting: "已收到您的问题…",
  reading: "正在查阅文档…",
  long: (s) => `仍在处理，已用 ${s} 秒…`,
  writing: "正在撰写回答。",
  sources: "来源",
  source: (n) => `来源 ${n}`,
  old: (months) => months < 24 ? `${months} 个月前` : `${Math.floor(months / 12)} 年前`,
  newTab: "在新标签页中打开",
  copy: "复制",
  copied: "已复制",
  helpful: "有帮助",
  not_helpful: "没有帮助",
  person: "转人工",
  handed_off: "已转交人工处理",
  private: "仅您可见",
  notSent: "未发送。",
  again: "重新发送",
  drop: "放弃",
  offline: "连接已断开，正在重试…",
  errors: {
    network: "暂时无法连接。您的内容已保留。",
    unavailable: "暂时无法受理。您的内容已保留。",
    too_long: "内容过长，请缩短后再试。",
    too_often: "操作过于频繁，请稍等一分钟。",
    wrong_secret: "口令不正确。",
    sign_in: "请重新登录。您的内容已保留。",
    not_kept: "没有可以回答的内容。",
    not_found: "内容已不存在。",
    other: "出了点问题，请再试一次。",
  },
};

const isChinese = (navigator.language || "").toLowerCase().startsWith("zh");

export const words = isChinese ? chinese : english;

/** Put the words into the page's own elements. */
export function label(root) {
  document.documentElement.lang = isChinese ? navigator.language : "en";
  for (const e of root.querySelectorAll("[data-word]")) e.textContent = words[e.dataset.word];
  for (const e of root.querySelectorAll("[data-label]")) e.setAttribute("aria-label", words[e.dataset.label]);
  for (const e of root.querySelectorAll("[data-placeholder]")) e.placeholder = words[e.dataset.placeholder];
}

/** The sentence for an error that the server named. */
export function sorry(error) {
  return words.errors[error] || words.errors.other;
}
