"""What looks like a secret wherever it stands: in logs, in code that somebody pasted, in code that a model wrote."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

#: Slack and Discord tokens, bearer and API keys, keys of clouds and code hosts, our own, JWTs, passwords in addresses,
#: private keys (a cut one too).  Parts that could begin anew at each character are bounded, or end at what begins anew.
SHAPES: Final = re.compile(
    r"xox[a-z]-[\w-]{6,}|xapp-[\w-]{6,}|(?<=Bearer )[\w.~+/=-]{8,}|\bsk-[\w-]{12,}"
    r"|\beyJ[\w-]{8,600}\.[\w-]+\.[\w-]*"
    r"|\b[MNO][\w-]{23,27}\.[\w-]{6}\.[\w-]{27,}|(?<=://)[^/\s:@]+:[^/\s@]+(?=@)"
    r"|\bgh[pousr]_[A-Za-z0-9]{20,}|\bgithub_pat_\w{20,}|\bglpat-[\w-]{16,}|\bhf_[A-Za-z0-9]{20,}|\bAIza[\w-]{30,}"
    r"|\b(?:AKIA|ASIA)[A-Z0-9]{16}\b|\bfdm_[\w-]{12,}"
    r"|-----BEGIN [A-Z ]*PRIVATE KEY-----(?:[^-]*+(?:-{1,4}+(?!-)[^-]*+)*+-----END [A-Z ]*PRIVATE KEY-----"
    r"|(?:\s*+[A-Za-z0-9+/=]{16,}+)++)",
    re.DOTALL,
)
#: Stands in the place of one.
HIDDEN: Final = "[secret]"
#: What people write where a secret belongs.
_STAND_IN: Final = re.compile(
    r"your|example|placeholder|change|secret|token|password|passwd|api.?key|xxx|\*\*\*|\.\.\.|dummy|test|<|\{|\$|%"
    r"|user|[:@]?pass|hidden|env",
    re.IGNORECASE,
)
_NAME: Final = (
    r"(?i:password|passwd|passphrase|pwd|secret|(?:secret|api|access|private|account|encryption|signing)[_-]?key"
    r"|token)"
)
#: A value with a name that says what it is: in quotes behind = or : (of JSON, YAML, a call, a declaration with a type),
#: bare as in files of settings (``AWS_SECRET_ACCESS_KEY=…``: a name in capitals, no space), or bare and long.
_NAMED: Final = re.compile(
    rf"{_NAME}[\"'\]]{{0,2}}(?:[ \t]{{0,8}}(?::[ \t]{{0,8}}[\w.|\[\] ]{{1,30}}|[ \t][\w.]{{1,20}})?[ \t]{{0,8}}="
    r"|[ \t]{0,8}:)"
    r"[=>]{0,2}[ \t]{0,8}[bBrRuU@]?(?:\"(?P<double>(?:[^\"\\\n]|\\.){4,5000})\"|'(?P<single>(?:[^'\\\n]|\\.){4,5000})'"
    r"|`(?P<back>[^`\n]{4,5000})`)"
    r"|(?:PASSWORD|PASSWD|PASSPHRASE|SECRET|(?:SECRET|API|ACCESS|PRIVATE|ACCOUNT|ENCRYPTION|SIGNING)_?KEY|TOKEN)"
    r"=(?P<bare>[^\s\"'`;,&()\[\]{}<>]{4,500}+)(?=[\s\"'`;,&]|\Z)"
    rf"|{_NAME}(?:=|:[ \t]{{0,8}})(?P<long>[A-Za-z0-9+/_=~!@#^*.-]{{12,500}}+)(?=[\s\"'`;,&]|\Z)"
)
#: A value that is made of these words alone stands for one ("your-key-here", "string", "xxxx").
_SAID: Final = (
    "your my the a an some new old user example sample placeholder change changeme it insert enter dummy fake replace"
    " todo fixme none null nil true false undefined redacted hidden masked secret token password passwd pass pwd"
    " passphrase api access auth client private public key test env here goes me this with of string str text bytes"
    " number integer int bool varchar required optional basic bearer refresh jwt hash value current confirm invalid"
    " valid wrong missing input field type name id oauth sk pk db app aws slack discord openai github"
).split()
_WORDS: Final = re.compile(
    rf"(?:(?>x{{2,}}+|{'|'.join(sorted(_SAID, key=len, reverse=True))})[ _.\-]*+)++", re.IGNORECASE
)
#: What is read from elsewhere: variables, templates, addresses and paths.
_ELSEWHERE: Final = re.compile(
    r"\$\{|\{\{|\{\w*\}|\$\(|%\(|%[sd]$|^%\w+%$|^\$[A-Za-z_]\w*$|^<.*>$|^\[.*\]$|^(?:https?|file|vault|env|arn|op|ref|ssm):"
    r"|^(?:\.{1,2}|~|/(?:run|etc|var|home|usr|opt|tmp|secrets?))/|^[A-Z]+(?:_[A-Z]+)+$"
    r"|^[A-Za-z_]+(?:\.[A-Za-z_]+)+$|^required\b|^[^\W\d_]*[^\x00-\x7f]+[^\W\d_]*$",
)
#: A value of fewer different characters is none ("....", "xyxy"); one of so many is hidden wherever it stands.
_FEW: Final = 3
_SURE_CHARS: Final = 8


def secrets_in(text: str) -> list[str]:
    """Everything in it that has the shape of a secret, or the name of one before it, and is not plainly a stand-in.

    Stand-ins are ``sk-your-key-here``, ``password="<your password>"``, ``${TOKEN}`` and the like.
    """
    return [text[start:end] for start, end in _places(text)]


def without_secrets(text: str) -> tuple[str, int]:
    """The text with every secret hidden, and how many there were."""
    parts, at, found = [], 0, list(_places(text))
    for start, end in found:
        parts += [text[at:start], HIDDEN]
        at = end
    hidden = "".join([*parts, text[at:]])
    for secret in {text[start:end] for start, end in found if end - start >= _SURE_CHARS}:
        hidden = hidden.replace(secret, HIDDEN)  # where it stands once more, without what told it
    return hidden, len(found)


def is_stand_in(value: str) -> bool:
    """Whether this stands where a secret belongs and is none ("YOUR_API_KEY", "${TOKEN}")."""
    return bool(_STAND_IN.search(value)) or len(set(value)) < 4


def _places(text: str) -> Iterator[tuple[int, int]]:
    """Where the secrets stand, in order; none within another."""
    shaped = [found.span() for found in SHAPES.finditer(text) if found[0].startswith("-----BEGIN")
              or not _STAND_IN.search(found[0].removeprefix("sk-")[:60])]  # fmt: skip
    named = [found.span(found.lastgroup or 0) for found in _NAMED.finditer(text) if _is_written(found)]
    last = 0
    for start, end in sorted([*shaped, *named], key=lambda span: (span[0], -span[1])):
        if start >= last:
            yield start, end
            last = end
        elif end > last:  # they overlap: what is left of the second is hidden with it
            yield last, end
            last = end


def _is_written(found: re.Match[str]) -> bool:
    """Whether the value behind a name is a secret, not a word for one, a place where one is, or a text for people."""
    value = found[found.lastgroup or 0]
    if len(set(value)) < _FEW or re.search(r"\s", value) or _WORDS.fullmatch(value) or _ELSEWHERE.search(value):
        return False
    if HIDDEN in value:
        return False
    digits = sum(char.isdigit() for char in value)
    if found.lastgroup == "long":
        return digits > 1 and any(map(str.isalpha, value)) and not re.fullmatch(r"[a-z]+(?:[_.-][a-z]+)+\d*", value)
    if found[0].lower().startswith("token"):
        return digits > 0 or len(value) > 15  # a token is a part of a text too
    return True
