"""Whether somebody says that they were helped, told by the words alone."""

from __future__ import annotations

import re
from typing import Final

_SHORT: Final = 120  # characters: who says more than thanks says something else, too
_CONTENT: Final = re.compile(
    r"\b(?:thanks|thank you|thx|cheers|perfect|great|awesome|brilliant|solved|that (?:helped|helps|works|worked|did it)"
    r"|(?:it|that) works(?: now)?|works now|got it|makes sense)\b"
    r"|[谢謝]{2}|多[谢謝]|感[谢謝]|解[决決]了|搞定|可以了|明白了|太好了|好用了",
    re.IGNORECASE,
)
_NOT: Final = re.compile(
    r"[?？]|\b(?:not|n't|doesn't|didn't|isn't|cannot|can't|but|however|still|wrong|unfortunately)\b"
    r"|[没沒不未]|但|可是|[还還]是",
    re.IGNORECASE,
)


def is_content(text: str) -> bool:
    """Whether somebody says that they were helped, and no more."""
    return len(text) <= _SHORT and bool(_CONTENT.search(text)) and not _NOT.search(text)
