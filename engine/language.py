"""Which language a text is in, as far as its script tells."""

from __future__ import annotations

import re
from collections import Counter

#: Scripts that tell the language, or the best known one that is written in them.
_SCRIPTS = (
    ("kana", r"[\u3041-\u30ff\u31f0-\u31ff\uff66-\uff9d]"),
    ("zh", r"[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003134f]"),
    ("ko", r"[\u1100-\u11ff\u3130-\u318f\uac00-\ud7af]"),
    ("ru", r"[\u0400-\u052f]+"),
    ("ar", r"[\u0600-\u06ff\u0750-\u077f\ufb50-\ufdff\ufe70-\ufeff]+"),
    ("he", r"[\u0590-\u05ff]+"),
    ("el", r"[\u0370-\u03ff\u1f00-\u1fff]+"),
    ("hi", r"[\u0900-\u097f]+"),
    ("bn", r"[\u0980-\u09ff]+"),
    ("th", r"[\u0e00-\u0e7f]{1,4}"),
    ("en", r"[A-Za-z\u00c0-\u024f]+(?:[-_./'’][A-Za-z\u00c0-\u024f]+)*"),
)
_WORD = re.compile("|".join(f"(?P<{name}>{pattern})" for name, pattern in _SCRIPTS))
_NOT_PROSE = re.compile(
    r"^[ \t]*(?P<fence>```+|~~~+).*?(?:^[ \t]*(?P=fence)|\Z)|`[^`\n]+`|https?://[^\s<>()]+", re.MULTILINE | re.DOTALL
)
#: Of the most frequent characters, those that only one of the two kinds of Chinese writes, in the same order.
_TRADITIONAL = (
    "個們為麼嗎這來時說對會國學過還後問題沒無從實與應點開關電話請讓訊號檔設資動機專單幾種樣進長間當發現經"
    "將車書買賣錢員門馬邊頭見覺認識給費總務幫寫譯轉報內詞鍵須結標語氣節條項據論議該擬謝歡團隊戶業價貼聞顧導"
    "數雙別體親誠懇熱嚴肅潔觀禮輕編縮減選擇約剛詩劇謎簡啟歸納組傳誰億響維護極術環產線級錯誤測試圖視頻絡擊優競積討郵連負續網較輸夠變處換稱"
)
_SIMPLIFIED = (
    "个们为么吗这来时说对会国学过还后问题没无从实与应点开关电话请让讯号档设资动机专单几种样进长间当发现经"
    "将车书买卖钱员门马边头见觉认识给费总务帮写译转报内词键须结标语气节条项据论议该拟谢欢团队户业价贴闻顾导"
    "数双别体亲诚恳热严肃洁观礼轻编缩减选择约刚诗剧谜简启归纳组传谁亿响维护极术环产线级错误测试图视频络击优竞积讨邮连负续网较输够变处换称"
)
#: Their simplified forms are also written in traditional texts, so that they tell nothing of the kind.
_FOLDED = ("鬆範係採餘準裡於複覆佈隻製復", "松范系采余准里于复复布只制复")
_FOLD = str.maketrans(_TRADITIONAL + _FOLDED[0], _SIMPLIFIED + _FOLDED[1])
_ENOUGH = 20_000  # characters: more would not change the answer


def language_of(text: str, *, likely: str = "") -> str:
    """The language of ``text`` as a two-letter code (``zh``, ``ja``, ``ko``, ``ru``, ...), ``en`` where nothing tells.

    A Han character, a Latin word and a word of another script count alike, so that a Chinese question about
    ``Kubernetes`` stays Chinese; code and addresses are looked at only where there is nothing else.  Languages written
    in Latin letters are not told apart: they are all ``en`` here.

    Args:
        text: what is asked about.
        likely: the language of what surrounds it: taken when a tenth of the text is in it, or nothing else tells.
    """
    text = text[:_ENOUGH]
    prose = _count(_NOT_PROSE.sub(" ", text))
    counts = prose or (Counter() if likely else _count(text))
    if kana := counts.pop("kana", 0):
        # Japanese mixes kana with Han characters; a Chinese text has at most a name or a title in kana.
        counts["ja"] = kana + counts.pop("zh", 0) if kana * 4 >= counts.get("zh", 0) else kana
    if likely and counts[likely] * 10 >= counts.total():
        return likely
    latin = counts.pop("en", 0)
    if not counts:
        return "en"
    name, count = counts.most_common(1)[0]
    return name if count >= latin else "en"


def written_in(text: str) -> str:
    """As ``language_of``, but ``zh-TW`` for Chinese in traditional characters: how to speak to whoever wrote it."""
    language = language_of(text)
    if language == "zh" and sum(c in _TRADITIONAL for c in text) > sum(c in _SIMPLIFIED for c in text):
        return "zh-TW"
    return language


def simplified(text: str) -> str:
    """The text with its most frequent traditional characters in their simplified form, character for character.

    For reading by rules, which then know one form of a word only; nobody is shown this.
    """
    return text.translate(_FOLD)


def tag_of(locale: str) -> str:
    """The language that a platform's locale names: ``en`` for ``en-US``, ``zh-TW`` wherever Chinese is traditional.

    Nothing for nothing.
    """
    name, *rest = re.split("[-_.]", locale.strip().lower())
    traditional = "hant" in rest or ("hans" not in rest and not {"tw", "hk", "mo"}.isdisjoint(rest))
    return "zh-TW" if name == "zh" and traditional else name


def _count(text: str) -> Counter[str]:
    return Counter(str(match.lastgroup) for match in _WORD.finditer(text))
