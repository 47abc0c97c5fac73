"""Seals tokens before they are kept: whoever has the database and not the key of the settings learns nothing."""

from __future__ import annotations

import secrets

from engine.errors import SettingsError

#: Characters that a key has at least: `openssl rand -hex 32` makes 64.
SHORTEST = 32
_FORMAT = b"\x02"
_NONCE, _KEY = 12, 32


class Unreadable(Exception):
    """It was sealed with another key or for something else, or it was changed."""


class Seal:
    """Seals with the first of its keys and opens what any of them sealed: AES-256-GCM, bound to the owner's name."""

    def __init__(self, keys: str) -> None:
        """``keys``: one or several, the newest first, with blanks between them.

        Raises ``SettingsError`` when one is too short.
        """
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM  # only now: it takes a while to import

        given = [key.encode() for key in keys.split()]
        if not given or min(map(len, given)) < SHORTEST:
            raise SettingsError(
                f"setting token_key: at least {SHORTEST} characters, as `openssl rand -hex 32` makes (an old key may "
                "follow the new one, with a blank between them)"
            )
        self._keys = [AESGCM(_derived(key)) for key in given]

    def seal(self, plain: bytes, owner: str) -> bytes:
        """Sealed for this owner: it opens as nobody else's."""
        nonce = secrets.token_bytes(_NONCE)
        return _FORMAT + nonce + self._keys[0].encrypt(nonce, plain, owner.encode())

    def open(self, sealed: bytes, owner: str) -> bytes:
        """What was sealed; raises ``Unreadable``."""
        from cryptography.exceptions import InvalidTag

        nonce, covered = sealed[len(_FORMAT) : len(_FORMAT) + _NONCE], sealed[len(_FORMAT) + _NONCE :]
        if not sealed.startswith(_FORMAT) or len(nonce) < _NONCE:
            raise Unreadable
        for key in self._keys:
            try:
                return key.decrypt(nonce, covered, owner.encode())
            except InvalidTag:
                continue
        raise Unreadable


def _derived(key: bytes) -> bytes:
    """The cipher's key: the setting is long and random, but not 32 bytes."""
    from cryptography.hazmat.primitives.hashes import SHA256
    from cryptography.hazmat.primitives.kdf.hkdf import HKDF

    return HKDF(SHA256(), _KEY, None, b"frontdesk slack tokens").derive(key)
