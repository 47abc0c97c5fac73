"""What the desk says in its own words, in English and in Chinese."""

from __future__ import annotations

from typing import Final

_ENGLISH: Final = {
    "not_found": "I found nothing in the documents that answers this, so I won't guess. "
    "I have marked it for a person to look at.",
    "unsure": "The documents come close, but I could not find a statement that answers this. "
    "I have marked it for a person to look at.",
    "overdue": "This took too long on my side. I have marked it for a person to look at.",
    "failed": "Something went wrong on my side while answering this. I have marked it for a person to look at.",
    "quoted": "This is what the documents say:",
    "closest": "I am not sure that this answers it; it is the closest that the documents say:",
    "model_down": "I cannot write an answer at the moment, but this is what the documents say:",
    "model_busy": "Too many questions are waiting for me to write an answer, but this is what the documents say:",
    "searching": "searching {n} documents",
    "searching_one": "searching one document",
    "writing": "writing the answer",
    "in_line": "{place} in line, {about}.",
    "in_line_unknown": "{place} in line.",
    "next": "Next",
    "about_seconds": "about {n} s",
    "about_minutes": "about {n} min",
    "queued": "I cannot write an answer at the moment. Your question is kept, and the answer will appear here.",
    "too_long": "That is {length:,} characters; I read up to {limit:,}. Please ask in fewer words.",
    "no_words": "I see no question there. Ask me something about {workspace}'s documents, for example: "
    "“How do I …?” `help` tells what else I can do.",
    "greeting": "Hello! Ask me anything that stands in our documents, and I will answer with the sources. "
    "`help` tells what else I can do.",
    "which": "Do you mean “{first}” or “{second}”?",
    "what": "I am not sure what “{word}” stands for here. Please ask again and name it.",
    "cut_off": "The answer was cut off at its longest.",
    "disagree": "⚠️ The documents disagree on this:",
    "disagree_side": "- {title} ({when}): “{said}” [{number}]",
    "undated": "no date",
    "noted": "Thank you, noted.",
    "marked": "I have marked this for a person to look at.",
    "marked_already": "This is marked for a person already.",
    "answer_gone": "I no longer have that answer.",
}

_CHINESE: Final = {
    "not_found": "我在文档中没有找到能回答这个问题的内容，所以不作猜测。我已将它标记给人工处理。",
    "unsure": "文档中有相近的内容，但没有明确回答这个问题的说法。我已将它标记给人工处理。",
    "overdue": "我这边耗时过长，没能回答。我已将它标记给人工处理。",
    "failed": "回答时我这边出了问题。我已将它标记给人工处理。",
    "quoted": "文档中是这样写的：",
    "closest": "我不确定这能否回答您的问题；文档中最接近的内容是：",
    "model_down": "我暂时无法撰写回答，但文档中是这样写的：",
    "model_busy": "现在等待撰写回答的问题太多，但文档中是这样写的：",
    "searching": "正在检索 {n} 个文档",
    "searching_one": "正在检索 1 个文档",
    "writing": "正在撰写回答",
    "in_line": "正在排队，第 {place} 位，{about}。",
    "in_line_unknown": "正在排队，第 {place} 位。",
    "next": "下一位",
    "about_seconds": "大约还要 {n} 秒",
    "about_minutes": "大约还要 {n} 分钟",
    "queued": "我暂时无法撰写回答。您的问题已经保留，回答会出现在这里。",
    "too_long": "您的消息有 {length:,} 个字符；我最多能读 {limit:,} 个。请精简后再问。",
    "no_words": "我没有看到问题。请就 {workspace} 的文档向我提问，例如“如何……？”。输入 `help` 查看我还能做什么。",
    "greeting": "您好！文档里有的内容都可以问我，我会附上来源作答。输入 `help` 查看我还能做什么。",
    "which": "您指的是“{first}”还是“{second}”？",
    "what": "我不确定这里的“{word}”指的是什么，请说明后再问一次。",
    "cut_off": "回答已达到最大长度，后面的内容被截断。",
    "disagree": "⚠️ 关于这一点，文档的说法不一致：",
    "disagree_side": "- {title}（{when}）：“{said}” [{number}]",
    "undated": "日期不明",
    "noted": "谢谢，已记录。",
    "marked": "我已将它标记给人工处理。",
    "marked_already": "这个问题已经标记给人工处理了。",
    "answer_gone": "这条回答已经不在了。",
}

_BY_LANGUAGE: Final = {"en": _ENGLISH, "zh": _CHINESE}


def phrase(name: str, language: str, **values: object) -> str:
    """A phrase in the language of the conversation (English where we speak no other)."""
    return _BY_LANGUAGE.get(language, _ENGLISH)[name].format(**values)
