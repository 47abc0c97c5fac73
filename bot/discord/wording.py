"""What Discord shows of the commands to people whose Discord speaks Chinese, in simplified and traditional characters.

A command's own name stays, since it is typed; what it does, its options and its choices are told in their language.
Discord keeps these texts itself, which is why they are not among ``bot.phrases``.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

Json = dict[str, Any]

LOCALES: Final = ("zh-CN", "zh-TW")
_ADMINS: Final = " (admins)"
_WORDS: Final[Mapping[str, tuple[str, str]]] = {
    # What they do
    "Ask a question; everybody here can read the answer": (
        "提一个问题；这里的所有人都能看到回答",
        "提出問題；這裡的所有人都能看到回答",
    ),
    "How the last answer here came about": ("这里的上一个回答是怎样得出的", "這裡的上一個回答是如何得出的"),
    "What the bot can do": ("机器人能做什么", "機器人能做什麼"),
    "Delete what the bot remembers of you": ("删除机器人记住的关于你的内容", "刪除機器人記住的關於你的內容"),
    "Answers that did not help, and why": ("没有帮助的回答及其原因", "沒有幫助的回答及其原因"),
    "The documents that answers come from": ("回答所依据的文档", "回答所依據的文件"),
    "Load a file, a web page or a site": ("加载文件、网页或整个网站", "載入檔案、網頁或整個網站"),
    "List the documents": ("列出文档", "列出文件"),
    "One document: where it is from, for whom, how old": (
        "一份文档：来自哪里、给谁看、有多旧",
        "一份文件：來自哪裡、給誰看、有多舊",
    ),
    "Take documents out of all answers": ("让所有回答都不再使用某些文档", "讓所有回答都不再使用某些文件"),
    "Load again what has changed": ("重新加载有变化的内容", "重新載入有變動的內容"),
    "The passages that a question finds": ("一个问题能找到的段落", "一個問題能找到的段落"),
    "Write a question and its answer into the documents": ("把一个问题及其答案写入文档", "把一個問題及其答案寫入文件"),
    "Stop what you are loading": ("停止你正在加载的内容", "停止你正在載入的內容"),
    # What can be given
    "What you want to know; without it, a window opens": (
        "你想知道什么；不填则打开一个窗口",
        "你想知道什麼；不填則開啟視窗",
    ),
    "Answer me alone, in our direct messages": ("只在私信里回答我", "只在私訊裡回答我"),
    "A document, or a ZIP of documents": ("一份文档，或文档的 ZIP 压缩包", "一份文件，或文件的 ZIP 壓縮檔"),
    "The address of a page, a sitemap or a site": ("网页、站点地图或网站的地址", "網頁、網站地圖或網站的網址"),
    "What the address is": ("这个地址是什么", "這個網址是什麼"),
    "A word of the title or the source": ("标题或来源中的一个词", "標題或來源中的一個詞"),
    "Only these": ("只要这些", "只要這些"),
    "Its id or source": ("它的编号或来源", "它的編號或來源"),
    "An id or a source": ("编号或来源", "編號或來源"),
    "Only this one": ("只要这一个", "只要這一個"),
    "What to look for": ("要查找什么", "要查找什麼"),
    "The question; without it, a window opens": ("问题；不填则打开一个窗口", "問題；不填則開啟視窗"),
    "The answer": ("答案", "答案"),
    "Other ways to ask it, with | between them": ("其他问法，用 | 隔开", "其他問法，用 | 隔開"),
    "Who is asked when it is in doubt": ("有疑问时问谁", "有疑問時問誰"),
    "The last day it is right, as 2027-01-31": ("最后有效的日期，如 2027-01-31", "最後有效的日期，如 2027-01-31"),
    # Names of options, of their choices, and of what stands in a message's menu
    "question": ("问题", "問題"),
    "private": ("私下", "私下"),
    "file": ("文件", "檔案"),
    "url": ("网址", "網址"),
    "as": ("类型", "類型"),
    "search": ("搜索", "搜尋"),
    "status": ("状态", "狀態"),
    "document": ("文档", "文件"),
    "source": ("来源", "來源"),
    "query": ("查找", "查找"),
    "answer": ("答案", "答案"),
    "also": ("其他问法", "其他問法"),
    "owner": ("负责人", "負責人"),
    "expires": ("有效期", "有效期限"),
    "page": ("网页", "網頁"),
    "sitemap": ("站点地图", "網站地圖"),
    "crawl": ("整个网站", "整個網站"),
    "searchable": ("可检索", "可檢索"),
    "failed": ("失败", "失敗"),
    "Answer this": ("回答这条消息", "回答這則訊息"),
    "Add to knowledge base": ("加入知识库", "加入知識庫"),
}


def worded(made: Json, *, named: bool = False) -> Json:
    """A command, option or choice with all that is shown of it in every language; ``named``: its name, too."""
    more: Json = {}
    if named:
        more["name_localizations"] = _in_chinese(made["name"])
    if "description" in made:
        more["description_localizations"] = _in_chinese(made["description"])
    if "options" in made:
        more["options"] = [worded(option, named=option["type"] > 2) for option in made["options"]]  # 1, 2: subcommands
    if "choices" in made:
        more["choices"] = [worded(choice, named=True) for choice in made["choices"]]
    return made | more


def _in_chinese(text: str) -> Json:
    known = _WORDS[text.removesuffix(_ADMINS)]
    suffixes = ("（管理员）", "（管理員）") if text.endswith(_ADMINS) else ("", "")
    return dict(zip(LOCALES, (word + suffix for word, suffix in zip(known, suffixes, strict=True)), strict=True))
