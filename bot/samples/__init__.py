"""Help pages of a small company that does not exist, for `frontdesk demo`: English and Chinese, written for it."""

from __future__ import annotations

from pathlib import Path
from typing import Final

#: The pages and nothing else, one folder a language (``en``, ``zh``).  Some topics are in both, some in one only.
FOLDER: Final = Path(__file__).parent / "pages"

#: Questions that show what the desk can do, offered on the chat page: numbers, tables, code, steps.
EXAMPLES: Final[tuple[str, ...]] = (
    "How long can I take to return a light, and when do I get the money back?",
    "What do three red blinks mean?",
    "How do I rotate a Harbour API key without an interruption?",
    "How much does the Manta cost, and how long does it burn?",
    "保修期有多长?登记以后呢?",
    "旗鱼的电池可以自己换吗?多少钱?",
    "骑自行车出差每公里补贴多少?",
    "夜骑活动要带什么?",
)
