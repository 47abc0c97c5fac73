"""What kind of talk a message is, told by its words alone: a question, a greeting, thanks, a follow-up."""

from __future__ import annotations

import re
import unicodedata

_GREETING = re.compile(
    r"(?:hi|hello|hey|hiya|good (?:morning|afternoon|evening|day)|greetings|yo"
    r"|你好|您好|大家好|嗨|哈喽|早上好|下午好|晚上好|早安)(?: (?:there|all|everyone|bot|team|frontdesk))?",
    re.IGNORECASE,
)
_THANKS = re.compile(
    r"(?:(?:many |ok(?:ay)? )?(?:thanks|thank you|thx|ty|cheers|great|perfect|nice|cool|awesome|got it|will do|done|ok"
    r"|okay|sure|good|yes|no|lol|haha|np|never ?mind)(?: (?:a lot|so much|very much|again|you|all|everyone|guys|then))?"
    r"|谢谢(?:你|您|大家)?|多谢|感谢|好的?|收到|明白了?|知道了|可以|不客气|没事|嗯+)",
    re.IGNORECASE,
)
_ASKS = re.compile(
    r"[?？]|\b(?:how|what|when|where|who|whom|whose|which|why|can|could|may|does|do|did|is|are|was|will|would|should"
    r"|has|have|please|help|tell me|show me|explain|need|looking for|want to know)\b"
    r"|什么|怎么|怎样|如何|为什么|哪|谁|几|多少|多久|多长|吗|呢|能否|是否|可否|请|想知道|想问",
    re.IGNORECASE,
)
#: Words that point at something said before.
_BACK = re.compile(
    r"\b(?:it|its|it's|that|this|these|those|they|them|their|he|she|him|her|there|then|same|former|latter|again|instead"
    r"|the other|the first|the second|above|such)\b"
    r"|^(?:and|or|but|so|also|what about|how about|what if|why not|why|how so|else|more)\b"
    r"|它|他们|她们|它们|这个|那个|这些|那些|这样|那样|这种|那种|那么|该|其|上面|刚才|前者|后者|同样|那呢|^那|^还有|^另外|呢[?？]?$",
    re.IGNORECASE,
)
#: What a plea for help is made of: of "can anybody help here?" nothing is left to search for.
_PLEA = re.compile(
    r"\b(?:hi|hey|hello|can|could|would|will|do|does|please|pls|thanks|you|u|us|me|we|our|any(?:one|body|thing)?"
    r"|some(?:one|body)|help|answer|assist|explain|clarify|comment|respond|reply|know|think|say|have|got|an?|idea|thoughts?"
    r"|what|about|out|with|take|the|this|that|it|look|at|here|on|to|for|question|thread|above|frontdesk|bot|over)\b"
    r"|帮忙?|看看|看一下|看|回答|回复|解答|解释|说说|知道|一下|麻烦|请|能否|能|可以|可否|吗|呢|谁|有人|你|您|我们|我|大家|怎么看?|这个|上面|问题|这里|的",
    re.IGNORECASE,
)
_SHORT = 3  # words: "For managers?" cannot stand alone
_SHORT_CHINESE = 6  # characters


def _bare(text: str) -> str:
    text = unicodedata.normalize("NFKC", text)
    text = re.sub(r"(?<!\w)@\S+", " ", text)
    return re.sub(r"[^\w'’]+", " ", text).strip()


def is_greeting(text: str) -> bool:
    """Only a greeting, nothing asked."""
    return bool(_GREETING.fullmatch(_bare(text)))


def is_courtesy(text: str) -> bool:
    """Thanks or a sign of having read: nothing to answer."""
    bare = _bare(text)
    return not bare or bool(re.fullmatch(rf"{_THANKS.pattern}(?: {_THANKS.pattern})*", bare, re.IGNORECASE))


def asks(text: str) -> bool:
    """Whether something is asked, in the widest sense."""
    return bool(_ASKS.search(text)) and not is_courtesy(text)


def is_plea(text: str) -> bool:
    """Only a request to help or to answer: what about was said before."""
    bare = _bare(text)
    return not bare or not re.search(r"\w", re.sub(r"'\w+", "", _PLEA.sub(" ", bare)))


def refers_back(text: str) -> bool:
    """Whether a question cannot be understood without what was said before it."""
    text = unicodedata.normalize("NFKC", text).strip()
    if _BACK.search(text):
        return True
    if re.search(r"[\u3400-\u9fff]", text):
        return len(re.findall(r"[\u3400-\u9fff]", text)) <= _SHORT_CHINESE
    return len(re.findall(r"[\w'’-]+", text)) <= _SHORT
