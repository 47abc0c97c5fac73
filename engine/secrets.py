"""What looks like a secret wherever it stands: in logs, in code that somebody pasted, in code that a model wrote."""

from __future__ import annotations

import re
from typing import Final

#: Slack and Discord tokens, bearer and API keys, keys of clouds and code hosts, our own, JWTs, passwords in addresses,
#: private keys.
SHAPES: Final = re.compile(
    r"xox[a-z]-[\w-]{6,}|xapp-[\w-]{6,}|(?<=Bearer )[\w.~+/=-]{8,}|\bsk-[\w-]{12,}|\beyJ[\w-]{8,}\.[\w-]+\.[\w-]*"
    r"|\b[MNO][\w-]{23,27}\.[\w-]{6}\.[\w-]{27,}|(?<=://)[^/\s:@]+:[^/\s@]+(?=@)"
    r"|\bgh[pousr]_[A-Za-z0-9]{20,}|\bgithub_pat_\w{20,}|\bglpat-[\w-]{16,}|\bhf_[A-Za-z0-9]{20,}|\bAIza[\w-]{30,}"
    r"|\b(?:AKIA|ASIA)[A-Z0-9]{16}\b|\bfdm_[\w-]{12,}"
    r"|-----BEGIN [A-Z ]*PRIVATE KEY-----.*?-----END [A-Z ]*PRIVATE KEY-----",
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


def secrets_in(text: str) -> list[str]:
    """Everything in it that has the shape of a secret and is not plainly a stand-in (``sk-your-key-here``)."""
    return [found[0] for found in SHAPES.finditer(text) if not _STAND_IN.search(found[0].removeprefix("sk-")[:60])
            or found[0].startswith("-----BEGIN")]  # fmt: skip


def without_secrets(text: str) -> tuple[str, int]:
    """The text with every secret hidden, and how many there were."""
    found = secrets_in(text)
    for secret in found:
        text = text.replace(secret, HIDDEN)
    return text, len(found)


def is_stand_in(value: str) -> bool:
    """Whether this stands where a secret belongs and is none ("YOUR_API_KEY", "${TOKEN}")."""
    return bool(_STAND_IN.search(value)) or len(set(value)) < 4
