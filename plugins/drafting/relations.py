"""Numbers in a request and how they bind: at least, not over, 以内."""

from __future__ import annotations

import re
from typing import Final

from engine import mentioned
from plugins.drafting.limit import Limit

_SPELT: Final = (
    "one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|thirteen|fourteen|fifteen|sixteen|seventeen|"
    "eighteen|nineteen|twenty|thirty|forty|fifty|hundred"
)
N: Final = rf"(?P<n>(?<![\d:.])(?:\d{{1,3}}(?:,\d{{3}})+|\d+)(?![\d:])|(?:{_SPELT})\b|[一二两三四五六七八九十百千]+)"
_NOT: Final = r"(?:(?<![a-z])(?:no|not|never|without|cannot)|n['’]t)(?: (?!only )[a-z]{1,12}){0,2}?"
REL: Final = (
    rf"(?:(?P<rel>at least|at most|{_NOT} (?:(?:less|fewer|more|longer|shorter|greater) than|(?:under|over|below|above|beyond)(?: than)?|"  # noqa: E501  # a pattern reads better whole
    r"exceed(?:ing)?)|less than|fewer than|more than|longer than|shorter than|under|over|below|above|"
    r"up to|within|(?:limit(?:ed)?|capped?|restrict(?:ed)?|keep|kept)(?: (?:it|this|them|the [a-z]{1,12}))? (?:to|at)|"
    r"(?:a )?(?:minimum|maximum)(?: of)?:?|(?:min|max)\b\.?:?|exactly|precisely|only|just|about|around|approximately|roughly|some|"  # noqa: E501  # a pattern reads better whole
    r"[<>]=?|&[lg]t;=?|[≤≥]|至少|[不别勿](?:要|得|能|可|应|应该)?(?:少于|低于|小于|多于|高于|大于|多过|超过|超出|超)|最少|最多|至多|"
    r"少于|低于|多于|高于|超过|控制在|限制在|限|上限[为是]?|下限[为是]?|恰好|正好|刚好|大约|大概|约)\s*)?"
)
POST: Final = r"(?:\s*(?P<post>\+|以上|以内|以下|之内|左右|内(?![容部])|or more|or less|or fewer|at least|at most|max(?:imum)?|min(?:imum)?|tops|or so)(?![A-Za-z0-9]))?"  # noqa: E501  # a pattern reads better whole
#: The same behind the unit: 80 words at most.
BEHIND: Final = POST.replace("post", "post2")
UPTO: Final = rf"(?:\s*(?:-|–|~|to|and|到|至)\s*(?P<m>\d[\d,]*|(?:{_SPELT})\b|[一二两三四五六七八九十百千]+))?"
TIMES: Final = rf"(?P<times>{REL.replace('(?P<rel>', '(?P<trel>')}{N.replace('(?P<n>', '(?P<tn>')}\s*(?:or more\s*)?(?:times|次)|(?P<orel>at least |at most |no more than |more than |exactly |only |just )?(?:once|twice))"  # noqa: E501  # a pattern reads better whole

_LEAST: Final = re.compile(
    rf"at least|{_NOT} (?:(?:less|fewer|shorter) than|(?:under|below)(?: than)?)|(?:a )?min.*|(?:>|&gt;)=|≥|至少|最少|下限.?|[不别勿].*[少低小]于"  # noqa: E501  # a pattern reads better whole
)
_MOST: Final = re.compile(
    rf"at most|{_NOT} (?:(?:more|longer|greater) than|(?:over|above|beyond)(?: than)?|exceed(?:ing)?)|up to|within|(?:<|&lt;)=|≤|"  # noqa: E501  # a pattern reads better whole
    r"(?:limit|cap|restrict|ke[ep]).*|(?:a )?max.*|最多|至多|限|上限.?|[不别勿].*(?:[多高大]于|多过|超[过出]?)"
)
_LESS: Final = {"less than", "fewer than", "shorter than", "under", "below", "<", "&lt;", "少于", "低于"}
_MORE: Final = {"more than", "longer than", "over", "above", ">", "&gt;", "多于", "高于", "超过"}
#: Says how only with what stands behind the number.
_KEPT_AT: Final = {"控制在", "限制在"}
_ABOUT: Final = {"about", "around", "approximately", "roughly", "some", "大约", "大概", "约", "左右", "or so"}
_POST_LEAST: Final = {"+", "以上", "or more", "at least", "min", "minimum"}
_POST_MOST: Final = {"以内", "内", "以下", "之内", "or less", "or fewer", "at most", "max", "maximum", "tops"}


def number(said: str) -> int:
    """The number in digits or words; 0 where it is none."""
    found = mentioned(said.replace("两", "二"))
    return int(max(found)) if found else {"一": 1}.get(said, 0)


def bound(rel: str, post: str, n: int, bare: str) -> tuple[str, int]:
    """The relation and the number that the words before and behind it make; ``bare`` where there are none."""
    rel, post = rel.lower().strip(), post.lower().strip()
    if rel in _KEPT_AT:
        rel, bare = "", "most"
    if _LEAST.fullmatch(rel) or post in _POST_LEAST:
        return "least", n
    if rel in _MORE:
        return "least", n + 1
    if _MOST.fullmatch(rel) or post in _POST_MOST:
        return "most", n
    if rel in _LESS:
        return "most", n - 1
    if rel in _ABOUT or post in _ABOUT:
        return "about", n
    return ("exactly" if rel else bare), n


def counted(m: re.Match[str], what: str, *, bare: str = "exactly", text: str = "") -> list[Limit]:
    """The limits of a match with ``N`` and what may stand around it."""
    n = number(m["n"])
    if not n:
        return []
    if upto := m.groupdict().get("m"):
        return [Limit(what, n, "least", text), Limit(what, number(upto), "most", text)]
    groups = m.groupdict()
    relation, n = bound(m["rel"] or "", groups.get("post") or groups.get("post2") or "", n, bare)
    return [Limit(what, n, relation, text)]


def times(m: re.Match[str]) -> tuple[str, int]:
    """Relation and number of a match with ``TIMES``."""
    said = m["times"].lower()
    if said.endswith(("once", "twice")):
        return bound(m["orel"] or "", "", 2 if said.endswith("twice") else 1, "least")
    return bound(m["trel"] or "", "", number(m["tn"]), "least")
