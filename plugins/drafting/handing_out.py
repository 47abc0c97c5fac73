"""What is said after a draft that its buttons do: post it to #general, export it as HTML."""

from __future__ import annotations

import re
from typing import Final

_CHARS: Final = 120
_POLITE: Final = (
    r"(?>(?:please|can you|could you|would you|will you|now|ok(?:ay)?|and|then|great|perfect|good|fine|thanks|"
    r"thank you|let['’]s|i(?:'d| would) like (?:you )?to)[\s,.!:]+)*+"
)
_IT: Final = (
    r"(?:it|this|that|(?:(?:the|this|that|my|our) )?(?:draft|text|version(?: \d{1,3})?|announcement|article|post|"
    r"summary|message|translation|memo|notice))\b"
)
#: Where people read: a room by its sign, or by what it is called.
_ROOM: Final = (
    r"(?:\b(?:to|in|into|on|with|at)\s+(?:[^\s#]+ ){0,3}?"
    r"(?:<?#\S+|(?:\S+ )?(?:channel|room|thread)s?\b|every(?:body|one)|all|slack|discord))"
)
_FORM: Final = (
    r"(?:\b(?:as|to|in|into)\s+(?:an? )?(?:\w+ )?(?:file|html?|markdown|md|pdf|word|docx?|txt|"
    r"plain text|text|document)\b)"
)
_END: Final = r"[\s,]*(?:for me|please|now|thanks|thank you)?\W*$"
_ENGLISH: Final = re.compile(
    rf"^\W*{_POLITE}(?:"
    rf"(?:post|publish|share|send|announce)\s+{_IT}(?:\s+(?:\w+ ){{0,2}}?{_ROOM})?(?:\s+for me|\s+please|\s+now)?\W*$"
    rf"|put\s+{_IT}\s+{_ROOM}{_END}"
    rf"|(?:export|download)\s+{_IT}(?:\s+{_FORM})?{_END}|(?:export|download)\W*$"
    rf"|(?:save|send me|give me|get me)\s+{_IT}\s+{_FORM}{_END})",
    re.IGNORECASE,
)
_DRAFT_ZH: Final = (
    r"(?:它|其|这个|這個|(?:这|這)?(?:份|篇|个|個|段)?(?:草稿|公告|通知|文章|翻译|翻譯|摘要|稿子|内容|內容))"
)
_CHINESE: Final = re.compile(
    rf"^\W*(?>请|請|麻烦|麻煩|可以|能不能|帮我|幫我|现在|現在|那就?|好的?|[把将將]{_DRAFT_ZH}|[，,。！\s])*+(?:"
    rf"(?:发布|發布|發佈|发送|發送|分享|发|發|贴|貼)(?:一下)?{_DRAFT_ZH}?(?:出去)?(?:到|至|在)\s*[^，。？?]{{0,20}}?(?:#\S+|频道|頻道|群组?|群組|聊天室|房间|房間)里?裡?"
    rf"|(?:发布|發布|發佈|发出去|發出去)(?:一下)?{_DRAFT_ZH}?"
    rf"|(?:导出|匯出|汇出|下载|下載)(?:一下)?{_DRAFT_ZH}?(?:(?:成|为|為|到)?\s*(?:一个|一個)?\s*(?:html?|markdown|md|pdf|word|纯文本|純文字|文本|文字檔?|文件|檔案)\s*(?:格式|文件|檔案)?)?"
    rf")(?:吧|吗|嗎|谢谢|謝謝|[，,。！!？?>\s])*$",
    re.IGNORECASE,
)


def wants_out(said: str) -> bool:
    """Whether nothing is to be written, but what is written posted or handed out as a file."""
    said = said.strip()
    return len(said) <= _CHARS and bool(_ENGLISH.search(said) or _CHINESE.search(said))
