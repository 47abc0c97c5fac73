"""IFEval, strict, by prompt: a draft of ours, checked and repaired, against the plain model with the same prompt.

    python -m tests.bench.ifeval --install       # once: the checkers' environment, in the checkout
    python -m tests.bench.ifeval --json [--quick] [--model FILE-OR-ADDRESS]

A seeded sample of 100 prompts (quick: 8).  ``plain``: the prompt alone, sent to the model through our model layer;
``ours``: the same words as a request to the drafting plugin, without documents, its first version.  Both by the same
model, one after the other, in turns; ``rate`` is the share of prompts of which every instruction is followed, as the
public checkers (PyPI ``if-verifiable``) say: none of those is in the product, whose own checks are another program.

The rules that read a request were written with two thirds of the prompts at hand; ``unseen`` are those of the sample
that nobody looked at meanwhile.  The interval of the difference is of 95 %, by drawing the prompts anew.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import subprocess
import sys
import time
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from engine.assistant import Assistant
from engine.budget import Budget
from engine.errors import Repeating
from engine.growing import Growing
from engine.model import ModelSettings, model_of
from engine.model.contract import Model
from engine.types import Addressed, Audience, Conversation, Found, Message, Outcome
from plugins.drafting import Drafting
from tests.bench.kept_answers import KeptAnswers
from tests.bench.report import Result, machine, show

ROOT = Path(__file__).parents[3]
HOME = ROOT / ".venv-ifeval"
_SEED, _SAMPLE, _QUICK, _DRAWS = 7, 100, 8, 10_000
_TOKENS = 1_600  # that the plain model may write: more than the longest that is asked for
_BUDGET = Budget(passages=500, history=360, tokens=300, attached=400)  # as with the local model


@dataclass(slots=True)
class Prompt:
    """One of the data set, ``seen`` when the rules were written, and what both made of it."""

    row: dict[str, Any]
    seen: bool
    said: dict[str, str] = field(default_factory=dict)
    seconds: dict[str, float] = field(default_factory=dict)
    tokens: dict[str, int] = field(default_factory=dict)
    followed: dict[str, bool] = field(default_factory=dict)


class NoDocuments:
    """A knowledge base with nothing in it: what is measured is the form."""

    async def search(self, text: str, audience: Audience, **how: Any) -> Found:
        """Nothing."""
        return Found(text, (), enough=False, confidence=0.0)

    async def readable(self, audience: Audience) -> int:
        """Nothing."""
        return 0


def install() -> None:
    """Make the checkers' environment from the requirements beside this file."""
    uv = [sys.executable, "-m", "uv"]
    subprocess.run([*uv, "venv", "--clear", "--python", sys.executable, str(HOME)], check=True)
    wanted = ["--no-deps", "--link-mode=copy", "-r", str(Path(__file__).with_name("checkers.in"))]
    subprocess.run([*uv, "pip", "install", "--python", str(HOME / "bin" / "python"), *wanted], check=True)


def prompts(data: Path, count: int) -> list[Prompt]:
    """The sample, the same for the same count."""
    lines = (data / "ifeval" / "input_data_public.jsonl").read_text("utf-8").splitlines()
    rows = [Prompt(json.loads(line), seen=n % 3 != 2) for n, line in enumerate(lines, 1)]
    return random.Random(_SEED).sample(rows, count)


async def plain(model: Model, one: Prompt) -> None:
    """The prompt alone."""
    from langchain_core.messages import HumanMessage

    began, said, tokens = time.monotonic(), "", 0
    with suppress(Repeating):  # what it wrote until then is its answer
        async for piece in model.write([HumanMessage(one.row["prompt"])], max_tokens=_TOKENS):
            said += piece.text
            tokens += (piece.usage or {}).get("completion", 0)
    one.said["plain"], one.tokens["plain"] = said, tokens
    one.seconds["plain"] = time.monotonic() - began


async def ours(assistant: Assistant, one: Prompt) -> None:
    """The first version of a draft."""
    began = time.monotonic()
    where = Conversation("bench", "bench", "room", str(one.row["key"]))
    message = Message(str(one.row["key"]), where, "ann", one.row["prompt"], Addressed.COMMAND, command="draft")
    reply = await assistant.respond(message, Audience.of("bench", "workspace"), [], Growing())
    one.said["ours"] = str(reply.receipt.kept["text"]) if reply.outcome is Outcome.ANSWERED else ""
    one.tokens["ours"] = reply.receipt.tokens.get("completion", 0)
    one.seconds["ours"] = time.monotonic() - began


def judge(sample: list[Prompt]) -> None:
    """Have every answer checked, in the environment of the checkers."""
    for how in ("plain", "ours"):
        asked = "\n".join(json.dumps({**one.row, "response": one.said[how]}) for one in sample)
        done = subprocess.run(
            [str(HOME / "bin" / "python"), str(Path(__file__).with_name("checkers.py"))],
            input=asked, capture_output=True, text=True, check=True,
        )  # fmt: skip
        for one, line in zip(sample, done.stdout.splitlines(), strict=True):
            one.followed[how] = all(json.loads(line))


def figures(sample: list[Prompt]) -> Result:
    """Rates in percent, and how far ours is above."""
    both = np.array([[one.followed["plain"], one.followed["ours"]] for one in sample], dtype=float) * 100
    if not len(both):
        return {"n": 0}
    drawn = np.random.default_rng(1).integers(0, len(both), (_DRAWS, len(both)))
    differences = (both[:, 1] - both[:, 0])[drawn].mean(axis=1)
    return {
        "n": len(both),
        "plain": {"rate": round(float(both[:, 0].mean()), 1)},
        "ours": {"rate": round(float(both[:, 1].mean()), 1)},
        "difference": round(float((both[:, 1] - both[:, 0]).mean()), 1),
        "difference_95": [round(float(x), 1) for x in np.percentile(differences, (2.5, 97.5))],
    }


async def measured(asked: argparse.Namespace) -> Result:
    """Both, in turns, then judged."""
    own = {"use": "local", "path": asked.model} if asked.model else {"use": "local"}
    settings = ModelSettings.model_validate(
        {"use": "vllm", "url": asked.model} if asked.model.startswith("http") else own
    )
    model = model_of(settings)
    if model is None:
        raise SystemExit("there is no model here: frontdesk model get fetches the local one")
    name = await model.ready()
    sample = prompts(asked.data, _QUICK if asked.quick else _SAMPLE)[: asked.most]
    kept = KeptAnswers(asked.answers, name)
    assistant = Assistant(None, NoDocuments(), model, [Drafting()], _BUDGET)  # type: ignore[arg-type]  # nothing else is asked of them
    try:
        for n, one in enumerate(sample):
            if row := kept.get(key := str(one.row["key"])):
                one.said, one.seconds, one.tokens = row["said"], row["seconds"], row["tokens"]
                continue
            for first in (n % 2 == 1, n % 2 == 0):
                await (plain(model, one) if first else ours(assistant, one))
            kept.add(key, said=one.said, seconds=one.seconds, tokens=one.tokens)
            print(f"{n + 1} of {len(sample)}", file=sys.stderr)
    finally:
        await model.close()
    judge(sample)
    result = figures(sample)
    for how in ("plain", "ours"):
        result[how] |= {
            "tokens": round(float(np.mean([one.tokens[how] for one in sample]))),
            "seconds": round(float(np.mean([one.seconds[how] for one in sample])), 1),
        }
    unseen = figures([one for one in sample if not one.seen])
    return {"bench": "ifeval", "model": name, "seed": _SEED, **result, "unseen": unseen, **machine()}


def table(result: Result) -> list[list[str]]:
    """Both rates, of the sample and of what nobody had seen."""
    rows = [[result["model"], "plain", "ours", "difference"]]
    for what, part in (("all", result), ("unseen", result["unseen"])):
        if part["n"]:
            rates = [str(part[how]["rate"]) for how in ("plain", "ours")]
            rows.append([f"{what}, n = {part['n']}", *rates, f"{part['difference']} {part['difference_95']}"])
    return rows


def main() -> None:
    """As the command line asks."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="8 prompts")
    parser.add_argument("--json", action="store_true", help="one JSON object")
    parser.add_argument("--plot", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"), metavar="FOLDER", help="data sets")
    parser.add_argument(
        "--model", default="", help="a GGUF file, or a server's address up to /v1; without: the local model"
    )
    parser.add_argument(
        "--answers", type=Path, metavar="FILE", help="keep what both wrote, a JSON line a prompt, and go on from there"
    )
    parser.add_argument("--most", type=int, metavar="N", help="only the first N of the sample, which is in no order")
    parser.add_argument("--install", action="store_true", help="make the checkers' environment")
    asked = parser.parse_args()
    if asked.install or not HOME.exists():
        install()
    if not asked.install:
        show(asyncio.run(measured(asked)), asked, table=table)


if __name__ == "__main__":
    main()
