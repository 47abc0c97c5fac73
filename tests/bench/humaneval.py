"""HumanEval through the snippets plugin: pass@1 before and after its one round of repair, beside the plain model.

    .venv/bin/python -m tests.bench.humaneval [--quick] [--json] [--url ROOT]

Each problem is given as a person would: the function's head in a fence, with the wish to complete it.  ``plain`` is the
same model, asked the same words without the plugin's prompt; ``first`` is what the model wrote first for the plugin,
``repaired`` what the plugin replied in the end: it saw no test, it only parsed and looked.  Plain and ours are asked in
turn, one answer a problem, temperature 0.  ``fences`` counts the fenced code of all replies: what parses, and what does
not and says so above.

The model is the local one (``frontdesk model get``), or with ``--url`` a server.  What it wrote is run against the
problem's tests here, in a process with limits and a system call filter (no network, no programs, no writing:
engine/knowledge/reading/walls.py), and behind bubblewrap besides where there is one; ``sandbox`` says which.
``--quick``: three problems; ``--most N``: a seeded sample of N.
"""

from __future__ import annotations

import asyncio
import json
import random
import secrets
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import aclosing, asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from langchain_core.messages import BaseMessage

from engine.assistant import Assistant
from engine.budget import Budget
from engine.code.blocks import Block, parts_of
from engine.code.checking import check
from engine.code.languages import PLAIN
from engine.errors import Repeating
from engine.growing import Growing
from engine.model import ModelSettings, model_of
from engine.model.contract import Model, Piece
from engine.model.served import ServedModel
from engine.prompt import compose
from engine.types import Addressed, Audience, Conversation, Message
from plugins.snippets import Snippets
from tests.bench.kept_answers import KeptAnswers
from tests.bench.report import Result, machine, options, show

_QUICK, _SEED, _TOKENS, _TEST_S = 3, 7, 500, 30.0
#: A busy machine must not count as a wrong answer.
_PATIENT: dict[str, Any] = {"first_token_s": 1_800, "idle_s": 600, "total_s": 3_600}
_ROOT = Path(__file__).parents[2]
_PYTHON = str(Path(sys.executable).resolve())  # not that of the environment: problems need the standard library
_ASKED = "Complete this Python function. Write the whole function, with its imports:\n```python\n{head}\n```"
#: Runs a program from standard input behind the walls that documents are parsed behind.
_BEHIND_WALLS = f"""\
import sys
sys.path.insert(0, {str(_ROOT / "engine" / "knowledge" / "reading")!r})
import collections, functools, hashlib, heapq, itertools, math, random, re, string, typing, walls
code, mark = sys.stdin.read(), sys.argv.pop()
walls.limit()
held = walls.lock([])
assert "network" in held and "programs" in held, held
walls.start_clock()
exec(compile(code, "problem.py", "exec"), {{"__name__": "problem"}})
print(mark)
"""


@dataclass
class Recording:
    """The model, and every text that it wrote."""

    model: Model
    wrote: list[str] = field(default_factory=list)

    @property
    def name(self) -> str:
        return self.model.name

    @property
    def window(self) -> int:
        return self.model.window

    async def write(self, prompt: Sequence[BaseMessage], **how: Any) -> AsyncGenerator[Piece]:
        """As the model writes."""
        said = ""
        async with aclosing(self.model.write(prompt, **how)) as pieces:
            async for piece in pieces:
                said += piece.text
                yield piece
        self.wrote.append(said)


def code_of(text: str) -> str:
    """The first fenced code of a text."""
    return next((p.code for p in parts_of(text) if isinstance(p, Block) and p.info.lower() not in PLAIN), "")


def passes(problem: dict[str, str], code: str, wall: Sequence[str]) -> bool:
    """Whether the code passes the tests of its problem, behind the walls."""
    if not code.strip():
        return False
    mark = secrets.token_hex(8)  # what the code cannot know: ending early is not passing
    program = f"{code}\n\n{problem['test']}\n\ncheck({problem['entry_point']})\n"
    try:
        done = subprocess.run(
            [*wall, _PYTHON, "-I", "-B", "-X", "utf8", "-c", _BEHIND_WALLS, mark],
            input=program, capture_output=True, text=True, timeout=_TEST_S, check=False, env={}, cwd="/",
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        return False
    if "AssertionError: [" in done.stderr and "held" in done.stderr:
        raise SystemExit(f"the walls do not stand here, nothing is run: {done.stderr[-200:]}")
    return done.returncode == 0 and done.stdout.endswith(f"{mark}\n")


def outer_wall() -> list[str]:
    """The words of bubblewrap before a program, where it can be had: nothing but Python can be seen, no network."""
    found = shutil.which("bwrap")
    if not found:
        return []
    seen = {
        Path(p).resolve() for p in ("/usr", "/lib", "/lib64", sys.base_prefix, sys.prefix, sysconfig.get_path("stdlib"))
    }
    binds = [
        word
        for path in sorted(map(str, {*seen, _ROOT / "engine"}))
        if Path(path).exists()
        for word in ("--ro-bind", path, path)
    ]
    links = [w for n in ("lib", "lib64") if Path("/", n).is_symlink() for w in ("--symlink", f"usr/{n}", f"/{n}")]
    wall = [found, "--unshare-all", "--die-with-parent", "--new-session", *binds, *links, "--dev", "/dev", "--"]
    tried = subprocess.run([*wall, _PYTHON, "-c", "1"], capture_output=True, check=False, timeout=60)
    return wall if tried.returncode == 0 else []


@asynccontextmanager
async def at_hand(url: str) -> AsyncIterator[Model]:
    """The model that is asked."""
    model: Model | None
    if url:
        model = ServedModel(ModelSettings(use="vllm", url=f"{url.rstrip('/')}/v1", **_PATIENT))
    else:
        model = model_of(ModelSettings(use="local", **_PATIENT))
    if model is None:
        raise SystemExit("there is no model here: frontdesk model get fetches one, or name a server with --url")
    await model.ready()
    try:
        yield model
    finally:
        await model.close()


async def plain(model: Model, asked: str) -> str:
    """What the model alone writes."""
    said = ""
    with suppress(Repeating):
        async with aclosing(model.write(compose("", [], asked)[1:], max_tokens=_TOKENS)) as pieces:
            async for piece in pieces:
                said += piece.text
    return said


async def measure(
    problems: list[dict[str, str]], model: Model, wall: Sequence[str], answers: Path | None = None
) -> Result:
    """One problem after the other, plain and ours in turn; what is kept in ``answers`` is not asked for again."""
    kept = KeptAnswers(answers, model.name)
    counts = dict.fromkeys(("plain", "first", "repaired", "second_round", "fences", "parse", "said"), 0)
    for number, problem in enumerate(problems):
        asked = _ASKED.format(head=problem["prompt"].strip("\n"))
        if (row := kept.get(problem["task_id"])) is None:
            recording = Recording(model)
            assistant = Assistant(None, None, recording, [Snippets(passages=0, tokens=_TOKENS)], Budget(0, 0, _TOKENS))  # type: ignore[arg-type]  # nothing is searched or kept
            said = Message(problem["task_id"], Conversation("bench", "main", problem["task_id"]), "ann", asked,
                           Addressed.DIRECT, command="code")  # fmt: skip
            alone = await plain(model, asked) if number % 2 else ""
            reply = await assistant.respond(said, Audience.of("main"), (), Growing())
            alone = alone or await plain(model, asked)
            row = kept.add(problem["task_id"], plain=alone, wrote=recording.wrote, reply=reply.text)
        alone, wrote, shown = row["plain"], row["wrote"], row["reply"]
        counts["plain"] += passes(problem, code_of(alone), wall)
        first = passes(problem, code_of(wrote[0]), wall)
        counts["first"] += first
        counts["repaired"] += first if len(wrote) == 1 else passes(problem, code_of(shown), wall)
        counts["second_round"] += len(wrote) > 1
        blocks = [p for p in parts_of(shown) if isinstance(p, Block) and p.info.lower() not in PLAIN]
        checks = await check([(block.code, block.language) for block in blocks])
        counts["fences"] += len(blocks)
        counts["parse"] += sum(one.parsed is True for one in checks)
        counts["said"] += any(one.parsed is not True for one in checks) and "does not parse" in shown
        if not number:
            name = model.name
        sys.stderr.write(f"\r{number + 1} of {len(problems)}")
    sys.stderr.write("\n")
    n = len(problems)
    return {
        "model": name, "n": n, "sandbox": "walls behind bubblewrap" if wall else "walls (no bubblewrap here)",
        **{f"{what}_pass_at_1": round(counts[what] / n, 4) for what in ("plain", "first", "repaired")},
        "passed": {what: counts[what] for what in ("plain", "first", "repaired")},
        "second_rounds": counts["second_round"],
        "fences": {"all": counts["fences"], "parse": counts["parse"], "replies_that_say_not": counts["said"]},
    }  # fmt: skip


async def _measured(wanted: Any) -> Result:
    lines = next(iter(sorted((wanted.data / "humaneval").glob("*.jsonl")))).read_text("utf-8").splitlines()
    problems = [json.loads(line) for line in lines if line.strip()]
    async with at_hand(wanted.url) as model:
        some = random.Random(_SEED).sample(problems, min(wanted.most, len(problems))) if wanted.most else problems
        return await measure(some[:_QUICK] if wanted.quick else some, model, outer_wall(), wanted.answers)


def main() -> None:
    """Measure and print."""
    wanted = options(__doc__, data=True, url=True, answers=True)
    show({**machine(), **asyncio.run(_measured(wanted))}, wanted, table=table)


def table(result: Result) -> list[list[str]]:
    """A row for each way."""
    rows = [["", "passed", "pass@1"]]
    return rows + [
        [what, f"{result['passed'][what]} of {result['n']}", f"{result[f'{what}_pass_at_1']:.3f}"]
        for what in ("plain", "first", "repaired")
    ]


if __name__ == "__main__":
    main()
