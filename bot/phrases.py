"""What the desk says beside answers, in English and in Chinese: help, the knowledge commands, progress."""

from __future__ import annotations

from typing import Final

from bot.reasons import in_chinese

_ENGLISH: Final = {
    "help": """\
**What I do.** I answer questions from our documents and show where it stands. Mention me, write to me directly, \
or go on in a thread that I am in.

- `ask` QUESTION: an answer here
- `why`: how my last answer here came about
- `help`: this
- `forget-me`: delete what you asked me and what I answered you

Below each answer: *helpful*, *not helpful*, and *ask a person*.

For admins, as a command or as a message to me:

- `kb add` with files, or `kb add` ADDRESS: load documents, a web page, a site (`kb add sitemap` ADDRESS, \
`kb add crawl` ADDRESS)
- `kb list` WORD: what is loaded; `kb list failed`: what could not be
- `kb show` DOCUMENT: where it is from, for whom, how old
- `kb remove` DOCUMENT: take it, or a whole source, out of all answers
- `kb sync`: load again what has changed
- `kb search` TEXT: the passages that are found, with scores
- `kb entry`: a question and its answer, with a line `Q:`, a line `A:` and, where wanted, `Also:`, `Owner:`, `Expires:`
- `kb cancel`: stop what you are loading
""",
    "unknown": "I do not know `{name}`.",
    "admins_only": "Only an admin may do that. Admins here: {admins}.",
    "nobody_known": "the people who installed me",
    "what_to_add": "Send me the files together with the words `kb add`, or write an address that begins with "
    "https:// after it. `kb add sitemap` ADDRESS loads all pages of a sitemap, `kb add crawl` ADDRESS a whole site.",
    "no_paths": "From chat I load attached files and web addresses only. Folders of the server are loaded there, with "
    "`frontdesk kb add`.",
    "started": "I am loading {what}. You see how it goes in my direct message to you.",
    "started_unseen": "I am loading {what}. I cannot write to you directly, so nothing shows how it goes: "
    "`kb list` tells what is there.",
    "loading": "**Loading {what}** …",
    "syncing": "**Looking for changes in {what}** …",
    "loaded": "**Loaded {what}**",
    "synced": "**Looked for changes in {what}**",
    "cancelled": "**Cancelled: {what}**",
    "load_failed": "**Not loaded: {what}**",
    "counts": "{found} found · {parsed} parsed · {embedded} passages embedded · {searchable} searchable · "
    "{unchanged} unchanged · {failed} failed · {waiting} waiting",
    "counts_ended": "{found} found · {searchable} searchable ({passages} passages) · {unchanged} unchanged · "
    "{failed} failed",
    "gone": "{gone} no longer exist at the source and were taken out",
    "failures": "These could not be loaded:",
    "more": "… and {count} more: `kb list failed`",
    "waits": "It waits, and goes on by itself: {reason}",
    "left_out": "Not everything was looked at:",
    "after_failures": "Mend them and send them again; pages that did not answer are tried again by `kb sync`.",
    "after_cancel": "What was loaded by then stays; `kb remove` takes it out.",
    "files": "{count} files",
    "everything": "everything",
    "for_public": "Anybody may be told this, customers too.",
    "for_workspace": "Everybody in the workspace may be told this.",
    "for_room": "Only those who are in the room where you sent it may be told this.",
    "for_this_room": "Only those who are in one room ({room}) may be told this.",
    "for_user": "Only you may be told this.",
    "grant_public": "anybody",
    "grant_workspace": "workspace",
    "grant_room": "one room",
    "grant_user": "one person",
    "cancel": "Cancel",
    "only_me": "Only me",
    "only_room": "Only that room",
    "whole_workspace": "Whole workspace",
    "cancelling": "It is being cancelled.",
    "not_running": "That has ended already.",
    "nothing_running": "You are loading nothing just now.",
    "regranted": "Done, for {count} documents.",
    "load_gone": "I know nothing of that load any more.",
    "none_loaded": "Nothing is loaded yet. Send me a file with the words `kb add`.",
    "none_match": "No document fits that.",
    "listed": "**Documents {first} to {last} of {count}**",
    "next": "Next",
    "previous": "Previous",
    "passages": "{count} passages",
    "failed": "failed: {reason}",
    "searchable": "searchable",
    "what_to_show": "Which document? `kb show` DOCUMENT, with an id or a source as `kb list` shows them.",
    "what_to_remove": "Which document? `kb remove` DOCUMENT, with an id or a source as `kb list` shows them.",
    "no_document": "There is no document {name} here: `kb list` shows what there is.",
    "removed": "Taken out: {what}. No answer uses it from now on.",
    "removed_many": "Taken out: {count} documents of {what}. No answer uses them from now on.",
    "remove_many": "That takes out **{count} documents** of {what}:",
    "remove_really": "Take out {count}",
    "remove_singly": "That is too much to confirm here: name one of them at a time, or use `frontdesk kb remove` in a "
    "terminal.",
    "remove_changed": "What that takes out has changed meanwhile: please look again.",
    "remove": "Take it out",
    "shown_source": "Source: {value}",
    "shown_id": "Id: {value}",
    "shown_grant": "May be told to: {value}",
    "shown_status": "Status: {value}",
    "shown_passages": "Passages: {value}",
    "shown_version": "Version: {value}",
    "shown_loaded": "Loaded: {value}",
    "shown_dated": "Its text is from: {value}",
    "shown_checked": "Last compared with its source: {value}",
    "shown_owner": "Owner: {value}",
    "shown_expires": "Expires: {value}",
    "shown_encoding": "Encoding, as guessed: {value}",
    "what_to_search": "What should I look for? `kb search` TEXT",
    "found_nothing": "Nothing was found.",
    "entry_how": "Write it like this:\n\n```\nkb entry\nQ: How do I get a parking permit?\nAlso: Where may I park?\n"
    "A: Ask at the gate; it costs nothing.\nOwner: Facilities\nExpires: 2027-12-31\n```",
    "entry_no_question": "The line with the question is missing.",
    "entry_no_answer": "The line with the answer is missing.",
    "entry_bad_date": "I do not understand the date {date}: write it as 2027-12-31.",
    "entry_past": "{date} is over already: nobody would ever get this answer.",
    "entry_kept": "Kept: **{question}**. {audience}",
    "entry_variants": "It is also found by {count} other questions.",
    "entry_expires": "It is used until {date}.",
    "you_asked": "You asked:",
    "only_you": "There is more about this that only you may see, not everybody who reads here.",
    "only_you_elsewhere": "There is more about this that only you may see, not everybody who reads there.",
    "show_me": "Show me",
    "shown_aside": "I answer in our direct messages.",
    "not_yours": "That is for the person who asked.",
    "nothing_private": "I answer commands in direct messages, and you take none from me. Open them, or write to me "
    "there.",
    "done": "Done.",
    "forgotten": "Done: {count} of your questions and their answers are deleted here. What stands in this chat "
    "itself, only you or your workspace can delete.",
    "needs_person": "A question needs a person",
    "needs_why": "Why: {reason}",
    "needs_open": "Open the conversation",
    "contradict": "Two documents contradict each other",
    "contradict_hidden": "A document that was loaded for other readers says something else.",
    "contradict_seen": "Answers that have met this: {count}. They show both. Which one is right? Please correct the "
    "other.",
    "why_nothing": "I have not answered anything here yet.",
    "why_heading": "**How the last answer here came about** ({outcome})",
    "why_answered": "answered",
    "why_handed_off": "handed off",
    "why_refused": "refused",
    "why_ignored": "ignored",
    "why_searched": "Searched for: {text}",
    "why_looked_at": "Looked at:",
    "why_dated": ", of {when}",
    "why_sure": "Sure to {share}",
    "why_needed": "; {needed} would be needed for {precision} of such answers to be right",
    "why_reason": "Reason: {reason}",
    "why_model": "Written by {model}: {prompt} tokens read ({share} of them from the cache), {completion} written",
    "why_server": "Its server: {server}",
    "why_cut": "Taken out, because it does not stand in the documents: {count} sentences",
    "why_took": "It took {seconds} s",
}

_CHINESE: Final = {
    "help": """\
**我能做什么。** 我根据我们的文档回答问题，并注明出处。可以提及我、直接私信我，或在我参与的消息列中继续提问。

- `ask` 问题：在这里回答
- `why`：我上一条回答是怎么得出的
- `help`：本说明
- `forget-me`：删除您问过的问题和我的回答

每条回答下方有：*有帮助*、*没有帮助*、*转人工*。

管理员命令（用斜杠命令，或直接发消息给我）：

- `kb add` 并附上文件，或 `kb add` 网址：加载文档、网页、整个网站（`kb add sitemap` 网址，`kb add crawl` 网址）
- `kb list` 词：已加载的文档；`kb list failed`：加载失败的
- `kb show` 文档：来源、可见范围、新旧
- `kb remove` 文档：从所有回答中撤下一个文档或整个来源
- `kb sync`：重新加载有变化的内容
- `kb search` 文字：会找到哪些段落及其得分
- `kb entry`：录入一条问答，一行“问：”，一行“答：”，需要时加“也问：”“负责人：”“到期：”
- `kb cancel`：停止您正在加载的内容
""",
    "unknown": "我不认识 `{name}`。",
    "admins_only": "只有管理员可以这样做。这里的管理员：{admins}。",
    "nobody_known": "安装我的人",
    "what_to_add": "请把文件连同 `kb add` 一起发给我，或在其后写以 https:// 开头的网址。"
    "`kb add sitemap` 网址会加载站点地图中的所有页面，`kb add crawl` 网址会加载整个网站。",
    "no_paths": "在聊天中我只加载附件和网址。服务器上的文件夹请在服务器上用 `frontdesk kb add` 加载。",
    "started": "正在加载{what}。进度见我发给您的私信。",
    "started_unseen": "正在加载{what}。我无法给您发私信，因此不能显示进度；`kb list` 可查看已有内容。",
    "loading": "**正在加载{what}** …",
    "syncing": "**正在检查{what}的变化** …",
    "loaded": "**已加载{what}**",
    "synced": "**已检查{what}的变化**",
    "cancelled": "**已取消：{what}**",
    "load_failed": "**未能加载：{what}**",
    "counts": "找到 {found} · 已解析 {parsed} · 已向量化 {embedded} 个段落 · 可检索 {searchable} · 未变 {unchanged} · "
    "失败 {failed} · 等待 {waiting}",
    "counts_ended": "找到 {found} · 可检索 {searchable}（{passages} 个段落）· 未变 {unchanged} · 失败 {failed}",
    "gone": "{gone} 个在来源处已不存在，已撤下",
    "failures": "以下内容未能加载：",
    "more": "…… 还有 {count} 个：`kb list failed`",
    "waits": "正在等待，之后会自动继续：{reason}",
    "left_out": "并非所有内容都已查看：",
    "after_failures": "请修正后重新发送；没有响应的网页可用 `kb sync` 重试。",
    "after_cancel": "此前已加载的内容会保留；`kb remove` 可撤下。",
    "files": " {count} 个文件",
    "everything": "全部内容",
    "for_public": "任何人都可以得知这些内容，包括客户。",
    "for_workspace": "工作区的所有人都可以得知这些内容。",
    "for_room": "只有您发送文件时所在频道的成员可以得知这些内容。",
    "for_this_room": "只有一个频道（{room}）的成员可以得知这些内容。",
    "for_user": "只有您本人可以得知这些内容。",
    "grant_public": "任何人",
    "grant_workspace": "工作区",
    "grant_room": "一个频道",
    "grant_user": "一个人",
    "cancel": "取消",
    "only_me": "仅限我本人",
    "only_room": "仅限该频道",
    "whole_workspace": "整个工作区",
    "cancelling": "正在取消。",
    "not_running": "它已经结束了。",
    "nothing_running": "您现在没有正在加载的内容。",
    "regranted": "已完成，涉及 {count} 个文档。",
    "load_gone": "我已没有这次加载的记录。",
    "none_loaded": "还没有加载任何内容。请把文件连同 `kb add` 一起发给我。",
    "none_match": "没有符合条件的文档。",
    "listed": "**第 {first} 至 {last} 个文档，共 {count} 个**",
    "next": "下一页",
    "previous": "上一页",
    "passages": "{count} 个段落",
    "failed": "失败：{reason}",
    "searchable": "可检索",
    "what_to_show": "哪个文档？`kb show` 文档，用 `kb list` 显示的编号或来源。",
    "what_to_remove": "哪个文档？`kb remove` 文档，用 `kb list` 显示的编号或来源。",
    "no_document": "这里没有文档 {name}：`kb list` 可查看已有内容。",
    "removed": "已撤下：{what}。从现在起不再用于回答。",
    "removed_many": "已撤下：{what}的 {count} 个文档。从现在起不再用于回答。",
    "remove_many": "这会撤下{what}的 **{count} 个文档**：",
    "remove_really": "撤下 {count} 个",
    "remove_singly": "这里无法一次确认这么多：请逐个写出名称，或在命令行使用 `frontdesk kb remove`。",
    "remove_changed": "要撤下的内容在此期间有变化：请重新查看。",
    "remove": "撤下",
    "shown_source": "来源：{value}",
    "shown_id": "编号：{value}",
    "shown_grant": "可告知：{value}",
    "shown_status": "状态：{value}",
    "shown_passages": "段落：{value}",
    "shown_version": "版本：{value}",
    "shown_loaded": "加载于：{value}",
    "shown_dated": "内容日期：{value}",
    "shown_checked": "上次与来源比对：{value}",
    "shown_owner": "负责人：{value}",
    "shown_expires": "到期：{value}",
    "shown_encoding": "推测的编码：{value}",
    "what_to_search": "要找什么？`kb search` 文字",
    "found_nothing": "什么也没有找到。",
    "entry_how": "请这样写：\n\n```\nkb entry\n问：怎样申请停车证？\n也问：在哪里可以停车？\n"
    "答：在门卫处申请，免费。\n负责人：后勤部\n到期：2027-12-31\n```",
    "entry_no_question": "缺少写问题的一行。",
    "entry_no_answer": "缺少写答案的一行。",
    "entry_bad_date": "我看不懂日期 {date}：请写成 2027-12-31。",
    "entry_past": "{date} 已经过去：不会有人得到这个答案。",
    "entry_kept": "已保存：**{question}**。{audience}",
    "entry_variants": "另有 {count} 种问法也能找到它。",
    "entry_expires": "它会用到 {date} 为止。",
    "you_asked": "您问过：",
    "only_you": "关于这个问题，还有一些内容只有您可以看到，这里的其他人不可以。",
    "only_you_elsewhere": "关于这个问题，还有一些内容只有您可以看到，那里的其他人不可以。",
    "show_me": "给我看",
    "shown_aside": "我在私信里回答您。",
    "not_yours": "这是给提问者的。",
    "nothing_private": "我在私信里答复命令，而您目前不接收我的私信。请允许私信，或直接私信我。",
    "done": "完成。",
    "forgotten": "完成：已在这里删除您的 {count} 个问题及其回答。聊天记录本身只有您或您的工作区可以删除。",
    "needs_person": "有一个问题需要人工处理",
    "needs_why": "原因：{reason}",
    "needs_open": "打开对话",
    "contradict": "两个文档的说法互相矛盾",
    "contradict_hidden": "另一个文档的说法不同，它是为其他读者加载的。",
    "contradict_seen": "遇到这一矛盾的回答有 {count} 条，都同时给出了两种说法。哪一个是对的？请更正另一个。",
    "why_nothing": "我在这里还没有回答过任何问题。",
    "why_heading": "**这里的上一条回答是怎么得出的**（{outcome}）",
    "why_answered": "已回答",
    "why_handed_off": "已转人工",
    "why_refused": "已拒绝",
    "why_ignored": "未理会",
    "why_searched": "检索的内容：{text}",
    "why_looked_at": "查看的段落：",
    "why_dated": "，日期 {when}",
    "why_sure": "把握：{share}",
    "why_needed": "；要使此类回答的 {precision} 正确，需要 {needed}",
    "why_reason": "原因：{reason}",
    "why_model": "由 {model} 撰写：读取 {prompt} 个词元（其中 {share} 来自缓存），写出 {completion} 个",
    "why_server": "所用服务器：{server}",
    "why_cut": "因文档中没有依据而删去：{count} 句",
    "why_took": "用时 {seconds} 秒",
}

_BY_LANGUAGE: Final = {"en": _ENGLISH, "zh": _CHINESE}


def reason_in_words(reason: str, language: str) -> str:
    """A reason or note of the engine, in the person's language where we know the words."""
    return in_chinese(reason) if language == "zh" else reason


def say(name: str, language: str, /, **values: object) -> str:
    """A phrase in the person's language (English where we speak no other)."""
    return _BY_LANGUAGE.get(language, _ENGLISH)[name].format(**values)
