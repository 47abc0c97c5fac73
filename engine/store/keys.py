"""The keys that sign the audit: one from the settings, or one in a file that only its owner can read."""

from __future__ import annotations

import hashlib
import hmac
import os
import secrets
from dataclasses import dataclass, field
from pathlib import Path

from engine.errors import SettingsError

_SHORTEST = 16  # characters of a key in the settings


@dataclass(frozen=True, slots=True)
class Keys:
    """The first one signs, all can verify: so a key that was used before stays in the file, below the new one."""

    all: tuple[bytes, ...] = field(repr=False)

    @classmethod
    def of(cls, given: str, file: Path) -> Keys:
        """The key from the settings, else the first line of ``file``, which is made when it is not there.

        Raises ``SettingsError`` when the given one is too short to protect anything.
        """
        if given and len(given) < _SHORTEST:
            raise SettingsError(f"setting audit.key: at least {_SHORTEST} characters, as `openssl rand -hex 32` makes")
        if not given and not file.exists():
            _write(file)
        kept = file.read_text("ascii").split() if file.exists() else []
        return cls(tuple(key.encode() for key in dict.fromkeys([*([given] if given else []), *kept])))

    @property
    def id(self) -> str:
        """The name of the key that signs; empty: there is none."""
        return _id(self.all[0]) if self.all else ""

    def mac(self, key_id: str, before: str, row: bytes) -> str | None:
        """What stands in a row that follows one with the mac ``before``; None when there is no such key here."""
        key = next((key for key in self.all if _id(key) == key_id), None)
        return hmac.new(key, before.encode() + b"\n" + row, hashlib.sha256).hexdigest() if key else None


def _id(key: bytes) -> str:
    return hashlib.sha256(b"frontdesk audit key\0" + key).hexdigest()[:8]


def _write(file: Path) -> None:
    """A new key; two processes that start together end with the same one."""
    temporary = file.with_name(f"{file.name}.{os.getpid()}.{secrets.token_hex(4)}")
    handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        os.write(handle, secrets.token_hex(32).encode() + b"\n")
        os.fsync(handle)
    finally:
        os.close(handle)
    try:
        os.link(temporary, file)
    except FileExistsError:
        pass
    finally:
        temporary.unlink()
