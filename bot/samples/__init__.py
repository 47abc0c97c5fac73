"""Help pages of a small company that does not exist, for `frontdesk demo`: English and Chinese, written for it."""

from __future__ import annotations

from pathlib import Path
from typing import Final

#: The pages and nothing else, one folder a language (``en``, ``zh``).  Some topics are in both, some in one only.
FOLDER: Final = Path(__file__).parent / "pages"

#: Questions that show what the desk can do, offered on the chat page: numbers, a table, code, steps, and pages that
#: only the other language has (night rides are in Chinese only, on-call duty in English only).
EXAMPLES: Final[tuple[str, ...]] = (
    "How long can I take to return a light, and when do I get the money back?",
    "My light blinks red three times. What should I do?",
    "How do I rotate a Harbour API key without an interruption?",
    "Which routes are there for the night rides, and how long are they?",
    "保修期有多长?登记以后呢?",
    "Harbour 半夜报警,数据库没有响应,值班的人该怎么做?",
    "旗鱼的电池可以自己换吗?多少钱?",
    "骑自行车出差每公里补贴多少?",
)
