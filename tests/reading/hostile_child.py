"""The child process with a parser that tries what a document that took it over would try; the data says what."""

from __future__ import annotations

import importlib.util
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any


def attempt(_job: dict[str, Any], data: bytes) -> Iterator[dict[str, Any] | bytes]:
    what, _, argument = data.decode().strip().partition(" ")
    yield {"title": json.dumps(ATTEMPTS[what](argument)), "url": "", "encoding": "", "dated": 0.0}
    yield {"sections": [["", "text", "", False, [], ""]]}


def tried(*works: Callable[[], Any]) -> list[str]:
    """What came of each: an error's name, or the value."""
    found = []
    for work in works:
        try:
            found.append(repr(work()))
        except Exception as e:
            found.append(type(e).__name__)
    return found


def connect(port: str) -> list[str]:
    def udp() -> int:
        return socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b"x", ("127.0.0.1", int(port)))

    return tried(lambda: socket.create_connection(("127.0.0.1", int(port)), 2), udp, socket.socketpair,
                 lambda: socket.socket(socket.AF_UNIX), lambda: socket.socket(socket.AF_INET6))  # fmt: skip


def run(_: str) -> list[str]:
    program = "/bin/true"
    return tried(
        lambda: subprocess.run([program], check=False),
        os.fork,
        lambda: os.posix_spawn(program, [program], {}),
        lambda: os.execv(program, [program]),  # noqa: S606 - that is the attempt
    )


def write(folder: str) -> list[str]:
    place = Path(folder)
    kept = place / "kept"
    return tried(
        lambda: (place / "new").write_text("x"), kept.unlink, lambda: kept.chmod(0o777), lambda: kept.open("r+"),
        (place / "sub").mkdir, lambda: (place / "link").symlink_to("/"), lambda: kept.rename(place / "other"),
        lambda: os.truncate(kept, 0), tempfile.mkstemp,
    )  # fmt: skip


def read(path: str) -> list[str]:
    places = (path, "/etc/passwd", f"/proc/{os.getppid()}/environ", "/proc/self/environ")
    return tried(
        *(lambda place=place: Path(place).read_bytes()[:20] for place in places), lambda: list(Path("/").iterdir())
    )


def disturb(_: str) -> list[str]:
    parent = os.getppid()
    return tried(lambda: os.kill(parent, signal.SIGTERM), lambda: os.kill(parent, 0),
                 lambda: os.pidfd_open(parent, 0))  # fmt: skip


def memory(_: str) -> int:
    held = [bytes(50_000_000) for _ in range(100)]
    return len(held)


def compute(_: str) -> None:
    signal.setitimer(signal.ITIMER_PROF, 0.2)  # the rest of its 30 s
    while True:
        pass


def wait(seconds: str) -> None:
    if seconds:
        signal.setitimer(signal.ITIMER_REAL, float(seconds.split(maxsplit=1)[0]))  # the rest of its minute
    time.sleep(3600)


def crash(_: str) -> None:
    os.abort()


def end(_: str) -> None:
    os._exit(0)


def state(_: str) -> dict[str, Any]:
    return {
        "environment": dict(os.environ),
        "computing": signal.getitimer(signal.ITIMER_PROF)[0],
        "clock": signal.getitimer(signal.ITIMER_REAL)[0],
        "files": sorted(fd for fd in range(3, 64) if is_open(fd)),
        "pid": os.getpid(),
        "engine": sorted(name for name in sys.modules if name.startswith(("engine", "sqlalchemy", "chromadb"))),
    }


def is_open(number: int) -> bool:
    try:
        os.fstat(number)
    except OSError:
        return False
    return True


def nonsense(_: str) -> None:
    os.write(3 if is_open(3) else 1, b"\x00\x00\x00\x05hello" * 10)


def flood(_: str) -> None:
    frame = b'{"title": "one of many"}'
    while True:
        os.write(3 if is_open(3) else 1, (len(frame).to_bytes(4, "big") + frame) * 2_000)


def shout(_: str) -> str:
    print("a library that prints" * 1000)  # noqa: T201 - that is the attempt
    sys.stderr.write("and one that warns\n" * 1000)
    return "fine"


ATTEMPTS: dict[str, Callable[[str], Any]] = {
    f.__name__: f
    for f in (connect, run, write, read, disturb, memory, compute, wait, crash, end, state, nonsense, flood, shout)
}

if __name__ == "__main__":
    place = Path(sys.argv[2], "engine", "knowledge", "reading", "child.py")
    spec = importlib.util.spec_from_file_location("child", place)
    assert spec and spec.loader
    child = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(child)
    child.main(attempt)
