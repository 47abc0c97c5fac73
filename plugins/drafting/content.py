"""What a request says of the matter, where it reads like a wish about form: nothing in it is a limit."""

from __future__ import annotations

import re
from typing import Final

#: What the text is to say, not how it is to be: what is announced, what we do now, what something needs.
CONTENT: Final = re.compile(
    r"\b(?:announc\w*|say|says|saying|tell\w*|inform\w*|remind\w*|explain\w*|state|states|stating|notices?|memo|e-?mail|reminder)\b[^.,:;\n]{0,80}?"
    r"\bthat (?!(?:has|is|are|contains?|includes?|uses?|will|must|should|can|does|do|in|it|your)\b)"
    r"(?!(?:the |this )?(?:text|response|answer|draft|post|letter|reply)\b)"
    r"(?:(?!,|\.\s|[;\n\"“”]| (?:in|with|using|within) (?:at (?:most|least)|about|exactly|no more|no less|under|\d)).){1,300}"  # noqa: E501  # a pattern reads better whole
    r"|\b(?:we|they|our \w+) (?:(?:can|will|also) )*(?:now\b|supports?\b|offers?\b)[^.,;\n]{0,200}"
    r"|\bthe (?:\d+|two|three|four|five|six|seven|eight|nine|ten) \w+ of (?:the|our) (?!response|answer|text|draft|post|letter|reply)\w+"  # noqa: E501  # a pattern reads better whole
    r"|\b(?!(?:it|i|we|you|they|that|which|this|also|text|response|answer|draft|post|letter|reply|essay|article|story|poem|message|and|still|only)\b)"
    r"[a-z]+ (?:needs?|requires?) (?:at (?:least|most) |exactly |only )?[\w,]{1,12} \w+"
    r"|(?:说明?|宣布|告诉(?:大家|员工|客户|他们)|通知(?:大家|员工|客户))(?![:：，,。\s])(?:(?!不要|[，,。；;\n“”「」]).){1,120}",
    re.IGNORECASE,
)

#: What our texts and their parts are called: what is said of these is said of the draft.
_OURS: Final = (
    r"it|this|that|which|you|i|we|they|there|text|response|answer|output|repl(?:y|ies)|drafts?|posts?|letters?|e-?mails?|announcements?|"
    r"essays?|articles?|story|stories|poems?|summar(?:y|ies)|titles?|paragraphs?|sentences?|sections?|parts?|lines?|bullets?|points?|"
    r"words?|versions?|tweets?|notices?|memos?|notes?|stanzas?|verses?|keywords?|letters?|length|count|limit|each|one|body"
)
#: Somebody else's number before it: what a thing allows, of what a thing has so many, what must be so long.
_BEFORE: Final = re.compile(
    r"(?:\b(?P<one>[a-z]+) (?:(?:can|may|will|now|also|only|currently|still) )*"
    r"(?:allows?|accepts?|takes?|supports?|holds?|fits?|stores?|costs?|handles?|permits?|offers?|translates?|counts?)"
    r"|\b(?:our|the|a|an|each|every|all|any) (?P<has>[a-z]+) (?:(?:can|may|now|also|only|currently|still) )*(?:has|have)"  # noqa: E501  # a pattern reads better whole
    r"|\b(?P<can>[a-z]+s) can (?:now |also |only )?(?:be|have)"
    r"|\b(?P<of>[a-z]+s) of"
    r"|\b(?:pass(?:words?|phrases?|codes?)|user ?names?|nicknames?|pins?|codes?|keys?|fields?|tokens?|hashes)\b[^,;:\n]{0,30}"  # noqa: E501  # a pattern reads better whole
    r"|(?:密码|口令|用户名|昵称|验证码|字段)[^，,。；;：:\n]{0,10}"
    r"|每[一]?(?:天|日|月|年|周|次|人|条|个)[^，,。；;：:\n]{0,8}|(?:可以?|能)(?:翻译|输入|使用|发送|填写?|存储?|处理)|支持|允许|接受"
    r"|(?<![写成])[\u4e00-\u9fff]{2}的)\s*$",
    re.IGNORECASE,
)
_BEHIND: Final = re.compile(
    r"\s*(?:(?:a|per|each|every) (?:day|week|month|year|hour|minute|second|user|person|request|call|page)\b"
    r"|(?:is|are) (?:welcome|allowed|accepted|possible|free|enough|included)\b|of the (?:old|new|current) |每[天日月年])",  # noqa: E501  # a pattern reads better whole
    re.IGNORECASE,
)
_CLAUSE: Final = 120  # characters before a number that are looked at


def of_the_matter(words: str, start: int, end: int) -> bool:
    """Whether the number between these places is somebody else's: what a plan allows, how long a password is."""
    if _BEHIND.match(words, end):
        return True
    found = _BEFORE.search(words[max(0, start - _CLAUSE) : start])
    if not found:
        return False
    if found.group().rstrip().endswith("的"):
        return "段落" in words[start:end] and "关于" not in words[max(0, start - _CLAUSE) : start]
    subject = next(filter(None, found.groupdict().values()), "")
    return not re.fullmatch(_OURS, subject, re.IGNORECASE) and (not found["of"] or not _made(words, subject, start))


def _made(words: str, subject: str, start: int) -> bool:
    """Whether so many of these are to be written: write three reviews of 50 words."""
    return bool(
        re.search(
            rf"\b(?:\d+|two|three|four|five|six|ten|some|several|few) (?:\w+ )?{subject} of\s*$",
            words[:start],
            re.IGNORECASE,
        )
    )
