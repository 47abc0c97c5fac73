"""Runs Python behind two walls, against examples that a person gave; without both walls nothing runs.

The inner wall is pydantic-monty: an interpreter of its own, without files, network, processes or C extensions, in a
worker process.  The outer one is bubblewrap: the worker sees no file but itself and the C library, no network, no
other process, and its memory, time and output are limited by the kernel too.
"""

from __future__ import annotations

import ast
import asyncio
import contextlib
import importlib.util
import re
import shlex
import shutil
import subprocess
import tempfile
from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any, Final

#: Seconds of one step (the code itself, then each example), bytes of memory, bytes that are printed.
STEP_S: Final = 2.0
MEMORY: Final = 64 << 20
PRINTED: Final = 10_000
#: Seconds for everything, the start of the worker included.
ALL_S: Final = 30.0
#: Examples of one request that are run.
MOST_EXAMPLES: Final = 20
_VALUE_CHARS: Final = 120
#: Places of a request that may hold an example, and ends that a value may have: so many are tried.
_TRIED: Final = 200
_ENDS: Final = 24
#: How a literal begins; a name does not.
_LITERAL: Final = re.compile(r"[-+]?[\d.]|[bBrRuU]?['\"]|[\[({]|(?:None|True|False)\b")
#: What the kernel allows the worker: no core, no file, seconds of computing, KiB of address space.
_LIMITS: Final = "ulimit -c 0; ulimit -f 0; ulimit -t 30; ulimit -v 1000000"
_EXAMPLE: Final = re.compile(
    r"(?<![A-Za-z0-9_.])(?P<call>[A-Za-z_]\w{0,60}\([^\n]{0,300}?\))\s{0,20}(?:==|->|=>|→|⇒|returns|should (?:return|be"
    r"|give)|gives|等于"
    r"|应返回|返回|应为|得到)\s{0,20}"
    r"(?P<value>[^\n]{1,300})"
)


@dataclass(frozen=True, slots=True)
class Example:
    """What a call should give: ``f(2)`` and ``4``, as they were written."""

    call: str
    value: str


@dataclass(frozen=True, slots=True)
class Ran:
    """How code did on its examples.

    ``passed`` of ``count``; ``wrong`` says of each other example what came instead.  ``why`` it could not be run at
    all, as the interpreter says it; then nothing is known.
    """

    count: int
    passed: int = 0
    wrong: tuple[str, ...] = ()
    why: str = ""


def examples_in(text: str) -> list[Example]:
    """The examples that a person wrote ("f(2) == 4", "f([1]) returns 1"): calls and values without any other code."""
    found: list[Example] = []
    at = tried = 0
    while len(found) < MOST_EXAMPLES and tried < _TRIED and (one := _EXAMPLE.search(text, at)):
        tried += 1
        value = _literal(one["value"])
        at = one.start("value") + len(value) if value else one.start() + 1
        if value and _is_plain_call(one["call"]) and Example(one["call"], value) not in found:
            found.append(Example(one["call"], value))
    return found


def missing() -> str:
    """What is not there that running needs, with what to do; empty where both walls stand.

    Raises nothing; starts an empty program once to see whether the outer wall can be built here.
    """
    if importlib.util.find_spec("pydantic_monty") is None:
        return "pydantic-monty is not installed (pip install 'frontdesk[sandbox]')"
    if not _worker():
        return "the worker of pydantic-monty is not there (pip install 'frontdesk[sandbox]')"
    outer = shutil.which("bwrap")
    if outer is None:
        return "bubblewrap is not installed (apt install bubblewrap)"
    try:
        trial = [*_outer(outer), "--version"]
        tried = subprocess.run(trial, capture_output=True, timeout=10, check=False)  # noqa: S603  # words of ours alone
    except (OSError, subprocess.TimeoutExpired):
        return "bubblewrap does not start here"
    if tried.returncode != 0 or b"onty" not in tried.stdout:
        return "bubblewrap may not make namespaces here (kernel.unprivileged_userns_clone, or the container forbids it)"
    return ""


async def run(code: str, examples: Sequence[Example]) -> Ran:
    """The code, then each example; at most ``ALL_S``.  Without both walls it is not run, and ``why`` says so."""
    lacking = await asyncio.to_thread(missing)
    if lacking:
        return Ran(len(examples), why=lacking)
    try:
        async with asyncio.timeout(ALL_S), _session() as session:
            return await _ran(session, code, examples)
    except TimeoutError:
        return Ran(len(examples), why=f"it took more than {ALL_S:.0f} s")


async def _ran(session: Any, code: str, examples: Sequence[Example]) -> Ran:
    from pydantic_monty import MontyCrashedError, MontyError, MontySyntaxError

    async def step(text: str) -> Any:
        from pydantic_monty import CollectString

        return await session.feed_run(text, print_callback=CollectString(PRINTED))

    passed, wrong = 0, []
    try:
        await step(code)
    except MontyError as e:
        return Ran(len(examples), why=_said(e))
    for example in examples:
        try:
            value = await step(example.call)
            if await step(f"({example.call}) == ({example.value})") is True:
                passed += 1
            else:
                wrong.append(f"{example.call} → {repr(value)[:_VALUE_CHARS]}, not {example.value[:_VALUE_CHARS]}")
        except MontySyntaxError as e:
            wrong.append(f"{example.call}: {_said(e)}")
        except MontyCrashedError as e:
            wrong.append(f"{example.call}: {_said(e)}")
            break  # the session is gone with its worker
        except MontyError as e:
            wrong.append(f"{example.call}: {_said(e)}")
            if "TimeoutError" in str(e):
                break  # what it was in the middle of stays half done
    return Ran(len(examples), passed, tuple(wrong))


@contextlib.asynccontextmanager
async def _session() -> AsyncIterator[Any]:
    """A session of the interpreter, in a worker of its own behind the outer wall."""
    from pydantic_monty import AsyncMonty

    outer = shutil.which("bwrap")
    with tempfile.TemporaryDirectory(prefix="frontdesk-") as folder:
        # The pool starts one program by its path: this one, which builds the wall and then becomes the worker.
        program = Path(folder) / "worker"
        program.write_text(f'#!/bin/sh\n{_LIMITS}\nexec {shlex.join(_outer(outer or "bwrap"))} "$@"\n')
        program.chmod(0o700)
        pool = AsyncMonty(binary_path=program, min_processes=1, max_processes=1, request_timeout=STEP_S + 3)
        limits: Any = {"max_feed_duration_secs": STEP_S, "max_memory": MEMORY, "max_recursion_depth": 500,
                       "max_total_sleep_secs": 0.0, "max_suspensions": 10}  # fmt: skip
        async with pool as workers, workers.checkout(limits=limits) as session:
            yield session


def _worker() -> str:
    from pydantic_monty._binary import find_monty_binary

    try:
        return find_monty_binary()
    except FileNotFoundError:
        return ""


def _outer(bubblewrap: str) -> list[str]:
    """The command that runs the worker with nothing around it but the C library."""
    libraries: list[str] = []
    for name in ("lib", "lib64"):
        at = Path("/usr", name)
        if at.is_dir():
            libraries += ["--ro-bind", str(at), str(at)]
        if Path("/", name).is_symlink():
            libraries += ["--symlink", f"usr/{name}", f"/{name}"]
        elif Path("/", name).is_dir():
            libraries += ["--ro-bind", f"/{name}", f"/{name}"]
    return [
        bubblewrap, "--unshare-all", "--die-with-parent", "--new-session", "--cap-drop", "ALL", "--clearenv",
        *libraries,
        "--ro-bind", str(Path(_worker()).resolve()), "/worker", "--chdir", "/", "--", "/worker",
    ]  # fmt: skip


def _said(error: Exception) -> str:
    """The last line of what the interpreter says."""
    lines = [line for line in str(error).strip().splitlines() if line.strip()]
    return (lines[-1] if lines else type(error).__name__)[:300]


def _is_plain_call(text: str) -> bool:
    """Whether it is a call of one name with literal arguments."""
    try:
        node = ast.parse(text, mode="eval").body
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name):
            return False
        for one in (*node.args, *(keyword.value for keyword in node.keywords)):
            ast.literal_eval(one)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    return True


def _literal(text: str) -> str:
    """The longest beginning of the text that is a literal; empty where there is none."""
    text = text.strip().strip("`")
    if not _LITERAL.match(text):
        return ""
    candidates = dict.fromkeys(text[:end].rstrip(" .,;，。；、`") for end in islice(_ends(text), 2 * _ENDS))
    for candidate in reversed(list(candidates)[:_ENDS]):
        try:
            ast.literal_eval(candidate)
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            continue
        return candidate
    return ""


def _ends(text: str) -> Iterator[int]:
    """Where a value may end: outside of strings and brackets, in one pass."""
    depth, quote, escaped = 0, "", False
    for at, char in enumerate(text):
        if quote:
            escaped, ended = char == "\\" and not escaped, char == quote and not escaped
            quote = "" if ended else quote
        elif char in "'\"":
            quote = char
        elif char in "([{":
            depth += 1
        elif char in ")]}":
            depth -= 1
            if depth < 0:
                yield at
                return
            if depth == 0:
                yield at + 1
        elif depth == 0 and (char.isspace() or char in ",.;，。；、`"):
            yield at
    if depth == 0 and not quote:
        yield len(text)
