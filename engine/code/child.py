"""The process in which code is parsed: started as a script, with walls and without an environment.

Parsers written in C can be brought down by what they read (some hundred kilobytes of brackets do): then this process
dies and not the one that answers.  It parses and looks; it runs nothing.
"""

from __future__ import annotations

import json
import os
import sys
import types
from pathlib import Path
from typing import Any, BinaryIO


def main() -> None:
    """Answer one job.  ``sys.argv``: the mode (always "one"), where our code is, where packages are."""
    _, root, *packages = sys.argv[1:]
    os.environ.clear()
    os.closerange(3, 256)
    sys.path.extend(packages)
    for name in ("engine", "engine.code", "engine.knowledge", "engine.knowledge.reading"):
        package = types.ModuleType(name)  # without what its __init__ imports
        package.__path__ = [str(Path(root, *name.split(".")))]
        sys.modules[name] = package
    from engine.code.examining import examined
    from engine.knowledge.reading import walls

    walls.limit()
    source, sink = sys.stdin.buffer, os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what a library prints goes nowhere
    held = walls.lock([str(Path(root) / "engine"), *packages])
    length = source.read(4)
    job: dict[str, Any] = json.loads(source.read(int.from_bytes(length, "big")))
    _send(sink, {"held": held})
    data = json.loads(source.read(job["size"]))
    walls.start_clock()
    for block in data:
        _send(sink, examined(block["code"], block["language"], block["known"]))
    _send(sink, {"end": True})


def _send(sink: BinaryIO, value: dict[str, Any]) -> None:
    data = json.dumps(value).encode()
    sink.write(len(data).to_bytes(4, "big") + data)
    sink.flush()


if __name__ == "__main__":
    main()
