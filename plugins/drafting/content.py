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
