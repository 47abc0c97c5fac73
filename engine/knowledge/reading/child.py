"""The process that parses: started by ``process.py`` as a script, with nothing in its environment.

It builds its walls before it takes the first byte of a document, and answers over its standard output: frames of four
bytes of length and then JSON; the bytes of an archive's file follow their frame as they are.
"""

from __future__ import annotations

import json
import os
import sys
import types
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, BinaryIO

Answer = Iterator[dict[str, Any] | bytes]
_BATCH = 200_000  # characters that are sent in one frame: the other side takes one without a pause


def main(answer: Callable[[dict[str, Any], bytes], Answer] | None = None) -> None:
    """Serve until standard input ends.  ``sys.argv``: "many" or "one" (documents), then where packages are."""
    mode, root, *packages = sys.argv[1:]
    os.environ.clear()
    os.closerange(3, 256)
    sys.path.extend(packages)
    for name in ("engine", "engine.knowledge", "engine.knowledge.reading"):
        _bare(name, root)
    sys.modules["numpy"] = None  # type: ignore[assignment]  # openpyxl would import it, and it starts threads
    from engine.knowledge import load
    from engine.knowledge.reading import walls

    walls.limit()
    source, sink = sys.stdin.buffer, os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what a library prints goes nowhere
    if mode == "many":
        load.prepare("light")
    readable = [str(Path(root) / "engine"), *packages]
    held = walls.lock(readable) if mode == "many" else None
    while job := _frame(source):
        if held is None:
            load.prepare(job["kind"])
            held = walls.lock(readable)
        _send(sink, {"held": held})
        data = source.read(job["size"])
        walls.start_clock()
        _answer(sink, answer or _work, job, data)
        walls.stop_clock()
        if mode == "one":
            break


def _answer(sink: BinaryIO, work: Callable[[dict[str, Any], bytes], Answer], job: dict[str, Any], data: bytes) -> None:
    from engine.errors import LoadFailed

    try:
        for step in work(job, data):
            if isinstance(step, bytes):
                sink.write(step)
            else:
                _send(sink, step, flush=False)
        end: dict[str, Any] = {"end": True}
    except LoadFailed as e:
        end = {"failed": str(e)}
    except MemoryError:
        end = {"trouble": "memory"}
    except RecursionError:
        end = {"failed": "it is nested too deeply to be read"}
    except Exception as e:
        end = {"failed": f"it is damaged or not what it is called ({type(e).__name__}: {str(e)[:150]})"}
    _send(sink, end)


def _work(job: dict[str, Any], data: bytes) -> Answer:
    """Read a document, or open an archive."""
    if job["do"] == "members":
        from engine.knowledge.reading.archive import members

        for name, content, wrong in members(data, job["name"]):
            yield {"member": name, "size": len(content), "wrong": wrong}
            yield content
        return
    from engine.knowledge.load import read

    page = read(data, job["name"], media_type=job["media_type"], charset=job["charset"])
    yield {"title": page.title, "url": page.url, "encoding": page.encoding, "dated": page.dated}
    batch: list[list[Any]] = []
    size = 0
    for s in page.sections:
        batch.append([s.heading, s.text[:_BATCH], s.url, s.entry, s.variants, s.anchor])
        size += len(s.text) + len(s.heading)
        if size > _BATCH:
            yield {"sections": batch}
            batch, size = [], 0
            for start in range(_BATCH, len(s.text), _BATCH):
                yield {"more": s.text[start : start + _BATCH]}
    yield {"sections": batch}


def _bare(name: str, root: str) -> None:
    """A package without what its ``__init__`` imports: the reader needs none of it."""
    package = types.ModuleType(name)
    package.__path__ = [str(Path(root, *name.split(".")))]
    sys.modules[name] = package
    parent, _, last = name.rpartition(".")
    if parent:
        setattr(sys.modules[parent], last, package)


def _frame(source: BinaryIO) -> dict[str, Any]:
    """The next job; empty at the end."""
    length = source.read(4)
    return dict(json.loads(source.read(int.from_bytes(length, "big")))) if len(length) == 4 else {}


def _send(sink: BinaryIO, value: dict[str, Any], *, flush: bool = True) -> None:
    data = json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")
    sink.write(len(data).to_bytes(4, "big") + data)
    if flush:
        sink.flush()


if __name__ == "__main__":
    main()
