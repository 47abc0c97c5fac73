"""chrF of translations: how much of their characters, in runs of one to six, stands in the reference, and vice versa.

As sacrebleu 2.6.0 counts it by default (chrF2: six orders of characters, blanks left out, recall counts four times):
`tests/plugins/drafting/test_chrf.py` holds what it gave for the same texts, and how to ask it again.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Final

_ORDERS: Final = 6
_RECALL: Final = 4.0  # beta 2, squared


def chrf(said: Sequence[str], right: Sequence[str]) -> float:
    """Of all these texts together, 0..100."""
    precision = recall = orders = 0.0
    for order in range(1, _ORDERS + 1):
        ours = [_runs(text, order) for text in said]
        theirs = [_runs(text, order) for text in right]
        n, of = sum(c.total() for c in ours), sum(c.total() for c in theirs)
        if n and of:
            same = sum((a & b).total() for a, b in zip(ours, theirs, strict=True))
            precision, recall, orders = precision + same / n, recall + same / of, orders + 1
    if not precision or not recall:
        return 0.0
    p, r = precision / orders, recall / orders
    return 100 * (1 + _RECALL) * p * r / (_RECALL * p + r)


def _runs(text: str, order: int) -> Counter[str]:
    text = "".join(text.split())
    return Counter(text[n : n + order] for n in range(len(text) - order + 1))
