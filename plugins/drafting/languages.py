"""The languages that a draft may be wanted in: their names in requests, and whether a text is in one."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from typing import Final

from engine import language_of, written_in

#: Code, English name, what people write for it (English names count by themselves), and how to recognise it: a script
#: as Unicode names it, or frequent small words.
_KNOWN: Final = (
    ("en", "English", "英文 英语 英語", "the of and to in is for with that you are it this on as"),
    ("zh", "Chinese", "中文 汉语 漢語 简体中文 簡體中文 简体 普通话 Mandarin", "CJK"),
    ("zh-TW", "Traditional Chinese", "繁体中文 繁體中文 繁体 繁體", "CJK"),
    ("ja", "Japanese", "日文 日语 日語", "HIRAGANA"),
    ("ko", "Korean", "韩文 韩语 韓文 韓語", "HANGUL"),
    ("de", "German", "德文 德语 德語", "der die das und ist nicht mit für ein eine zu den von auf im"),
    ("fr", "French", "法文 法语 法語", "le la les des et est une un pour dans que qui du sur avec"),
    ("es", "Spanish", "西班牙文 西班牙语", "el la los las de y es una un para que en con por del"),
    ("it", "Italian", "意大利文 意大利语", "il la che di e è un una per con non sono del della gli"),
    ("pt", "Portuguese", "葡萄牙文 葡萄牙语", "o a os as de e é um uma para que em com não do da"),
    ("nl", "Dutch", "荷兰文 荷兰语", "de het een en van is dat op te in voor met niet zijn"),
    ("pl", "Polish", "波兰文 波兰语", "i w na z do nie się jest że to dla jak po od"),
    ("sv", "Swedish", "瑞典文 瑞典语", "och att det som en är på av för med den till inte ett"),
    ("fi", "Finnish", "芬兰文 芬兰语", "ja on ei se että oli hän mutta ovat kun niin kuin myös olla"),
    ("tr", "Turkish", "土耳其文 土耳其语", "ve bir bu da de için ile çok olarak daha gibi en ne var"),
    ("vi", "Vietnamese", "越南文 越南语", "và là của có cho một không được các trong người với những đã"),
    ("id", "Indonesian", "印尼文 印尼语", "dan yang di untuk dengan ini itu dari tidak pada adalah akan"),
    ("sw", "Swahili Kiswahili", "斯瓦希里语", "na ya wa kwa ni katika la za kuwa cha hii kama lakini vya"),
    ("ru", "Russian", "俄文 俄语 俄語", "CYRILLIC"),
    ("uk", "Ukrainian", "乌克兰语", "CYRILLIC"),
    ("bg", "Bulgarian", "保加利亚语", "CYRILLIC"),
    ("ar", "Arabic", "阿拉伯文 阿拉伯语", "ARABIC"),
    ("fa", "Persian Farsi", "波斯语", "ARABIC"),
    ("ur", "Urdu", "乌尔都语", "ARABIC"),
    ("he", "Hebrew", "希伯来语", "HEBREW"),
    ("el", "Greek", "希腊语", "GREEK"),
    ("hi", "Hindi", "印地语", "DEVANAGARI"),
    ("mr", "Marathi", "马拉地语", "DEVANAGARI"),
    ("ne", "Nepali", "尼泊尔语", "DEVANAGARI"),
    ("bn", "Bengali", "孟加拉语", "BENGALI"),
    ("pa", "Punjabi", "旁遮普语", "GURMUKHI"),
    ("gu", "Gujarati", "古吉拉特语", "GUJARATI"),
    ("ta", "Tamil", "泰米尔语", "TAMIL"),
    ("te", "Telugu", "泰卢固语", "TELUGU"),
    ("kn", "Kannada", "卡纳达语", "KANNADA"),
    ("th", "Thai", "泰文 泰语", "THAI"),
)
NAMES: Final = {code: name.split()[0] if code != "zh-TW" else name for code, name, _, _ in _KNOWN}
_MARKS: Final = {code: mark for code, _, _, mark in _KNOWN}
_CODES: Final = {
    word.lower(): code
    for code, name, others, _ in _KNOWN
    for word in ([name] if code == "zh-TW" else name.split()) + others.split()
}
#: A language's name as a pattern; longer names first.
NAMED: Final = "|".join(re.escape(name) for name in sorted(_CODES, key=len, reverse=True))


def code_of(name: str) -> str:
    """The code of a language that ``NAMED`` has found."""
    return _CODES[name.lower()]


def is_in(text: str, code: str) -> bool:
    """Whether nearly all of the text is in this language, as far as its script or its small words tell."""
    mark = _MARKS.get(code, "")
    if code in {"zh", "zh-TW"}:
        return language_of(text) == "zh" and (written_in(text) == "zh-TW") == (code == "zh-TW")
    if mark.isupper():
        scripts = Counter(unicodedata.name(c, "?").split()[0] for c in text if c.isalpha())
        share = scripts[mark] / max(1, scripts.total())
        return share >= (0.1 if code == "ja" else 0.7)
    if language_of(text) != "en":  # as our reader calls all that is in Latin letters
        return False
    said = re.findall(r"[^\W\d_]+", text.lower())
    counts = {other: sum(word in small for word in said) for other, small in _SMALL.items()}
    return len(said) < 6 or counts.get(code, 0) >= max(counts.values(), default=0)


_SMALL: Final = {code: frozenset(mark.split()) for code, mark in _MARKS.items() if not mark.isupper()}
