"""Seals tokens before they are kept: whoever has the database and not the key of the settings learns nothing.

The standard library has no cipher, and nothing that we depend on has one: so this is the textbook composition of its
HMAC-SHA256: counter mode with it as the pseudorandom function, then encrypt-then-MAC (Bellare and Namprempre 2000;
NIST SP 800-108 for the counter), with a key each, made from the one of the settings.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets

from engine.errors import SettingsError

#: Characters that a key has at least: `openssl rand -hex 32` makes 64.
SHORTEST = 32
_FORMAT = b"\x01"
_NONCE, _TAG, _BLOCK = 24, 32, 32


class Unreadable(Exception):
    """It was sealed with another key or for something else, or it was changed."""


class Seal:
    """Seals with the first of its keys and opens what any of them sealed."""

    def __init__(self, keys: str) -> None:
        """``keys``: one or several, the newest first, with blanks between them.

        Raises ``SettingsError`` when one is too short.
        """
        self._keys = [key.encode() for key in keys.split()]
        if not self._keys or min(map(len, self._keys)) < SHORTEST:
            raise SettingsError(
                f"setting token_key: at least {SHORTEST} characters, as `openssl rand -hex 32` makes (an old key may "
                "follow the new one, with a blank between them)"
            )

    def seal(self, plain: bytes, owner: str) -> bytes:
        """Sealed for this owner: it opens as nobody else's."""
        key, nonce = self._keys[0], secrets.token_bytes(_NONCE)
        body = _FORMAT + nonce + _crypt(key, nonce, plain)
        return body + _tag(key, body, owner)

    def open(self, sealed: bytes, owner: str) -> bytes:
        """What was sealed; raises ``Unreadable``."""
        body, tag = sealed[:-_TAG], sealed[-_TAG:]
        if len(body) < len(_FORMAT) + _NONCE or not body.startswith(_FORMAT):
            raise Unreadable
        nonce, covered = body[len(_FORMAT) : len(_FORMAT) + _NONCE], body[len(_FORMAT) + _NONCE :]
        for key in self._keys:
            if hmac.compare_digest(tag, _tag(key, body, owner)):
                return _crypt(key, nonce, covered)
        raise Unreadable


def _derived(key: bytes, purpose: bytes) -> bytes:
    return hmac.digest(key, b"frontdesk token " + purpose, hashlib.sha256)


def _tag(key: bytes, body: bytes, owner: str) -> bytes:
    name = owner.encode()
    return hmac.digest(_derived(key, b"mac"), len(name).to_bytes(4, "big") + name + body, hashlib.sha256)


def _crypt(key: bytes, nonce: bytes, text: bytes) -> bytes:
    """Text to cipher and back: both are the same."""
    key = _derived(key, b"cipher")
    blocks = range(0, len(text), _BLOCK)
    stream = b"".join(hmac.digest(key, nonce + at.to_bytes(8, "big"), hashlib.sha256) for at in blocks)
    return bytes(a ^ b for a, b in zip(text, stream, strict=False))
