"""Our translations against a plain call of the same model with the same prompt, sentence by sentence in turns.

``chrf``: NTREX, English into Chinese, a seeded sample; chrF (0..100) of both, and how much ours is above plain with an
interval of 95 % from 1,000 draws of the sentences.  ``kept``: the same sentences with a link, code, a placeholder, an
option and numbers put into them: in how many translations all of these stand, to the letter or by value.  ``added``:
of ours, where they stand there only because they were added behind the sentence, which is said below a translation.

The model is the local one (``frontdesk model get``), or with ``--url`` a server that runs.
"""

from __future__ import annotations

import asyncio
import json
import random
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final, cast

import numpy as np

from engine.budget import Budget
from engine.growing import Growing
from engine.knowledge import Knowledge
from engine.model import ModelSettings, model_of
from engine.model.contract import Model
from engine.turn import Turn
from engine.types import Addressed, Audience, Conversation, Message
from plugins.drafting.kept_spans import missing, numbers_missing
from plugins.drafting.translating import INSTRUCTIONS, Translator, asked_for
from tests.bench import report
from tests.bench.chrf import chrf

_SENTENCES, _QUICK, _DRAWS = 100, 5, 1_000
_PUT_IN: Final = (
    " Run `pip install agent=={n}` within {n} minutes.",
    " See https://acme.example/guide/{n}?lang=en#step-{n} or write to help@acme.example.",
    " Dear {{name}}, your order %s costs {n} dollars.",
    " Start it with --port={n} and set ${{TOKEN}} in config.yaml.",
    " Tell @bob in #ops that <b>{n}</b> of {m} are done.",
)


def turn_of(model: Model) -> Turn:
    """A turn that this model writes for."""
    message = Message("1", Conversation("bench", "bench", "bench"), "bench", "translate", Addressed.DIRECT)
    nothing = cast("Knowledge", None)  # it is not searched here
    audience = Audience.of("bench")
    return Turn(message, "translate", "en", audience, (), nothing, model, Budget(500, 360, 300), Growing())


async def plain(model: Model, text: str) -> str:
    """One call, and what comes of it."""
    prompt, tokens = asked_for(text, "zh")
    return (await turn_of(model).compose(INSTRUCTIONS, prompt, tokens=tokens)).text


async def compared(model: Model, texts: Sequence[str]) -> tuple[list[str], list[str], int, dict[str, float]]:
    """Both translations of each text, in turns, in how many of ours something was added, and the seconds of both."""
    ours, theirs, added = list[str](), list[str](), 0
    seconds = {"ours": 0.0, "plain": 0.0}
    for n, text in enumerate(texts):
        for mine in (n % 2 == 0, n % 2 == 1):
            began = time.monotonic()
            if mine:
                translator = Translator(turn_of(model), "zh")
                ours.append(await translator.translated(text))
                added += any(lost.spans or lost.numbers for lost in translator.lost)
            else:
                theirs.append(await plain(model, text))
            seconds["ours" if mine else "plain"] += time.monotonic() - began
    return ours, theirs, added, seconds


def above(ours: Sequence[str], theirs: Sequence[str], right: Sequence[str]) -> list[float]:
    """How much more chrF ours have, 95 %."""
    rng = np.random.default_rng(1)
    differences = []
    for _ in range(_DRAWS):
        some = rng.integers(0, len(right), len(right))
        of = [right[n] for n in some]
        differences.append(chrf([ours[n] for n in some], of) - chrf([theirs[n] for n in some], of))
    return [round(float(x), 2) for x in np.percentile(differences, (2.5, 97.5))]


def whole(texts: Sequence[str], said: Sequence[str]) -> int:
    """In how many translations all stands that must be kept."""
    return sum(not missing(a, b) and not numbers_missing(a, b) for a, b in zip(texts, said, strict=True))


async def measure(data: Path, quick: bool, url: str) -> report.Result:
    """Both parts."""
    rows = [json.loads(line) for line in (data / "ntrex" / "en-zh.first500.jsonl").read_text("utf-8").splitlines()]
    rng = random.Random(1)  # a sample
    sample: list[dict[str, Any]] = rng.sample(rows, _QUICK if quick else _SENTENCES)
    settings = ModelSettings(use="vllm", url=f"{url}/v1") if url else ModelSettings()
    model = model_of(settings)
    if model is None:
        raise SystemExit("there is no model here: get the local one with `frontdesk model get`, or name one with --url")
    try:
        name = await model.ready()
        right = [row["zh"] for row in sample]
        ours, theirs, _, seconds = await compared(model, [row["en"] for row in sample])
        texts = [
            row["en"] + _PUT_IN[n % len(_PUT_IN)].format(n=rng.randint(11, 99), m=rng.randint(100, 999))
            for n, row in enumerate(sample)
        ]
        kept_ours, kept_theirs, added, _ = await compared(model, texts)
    finally:
        await model.close()
    return {
        "model": name,
        "chrf": {
            "ours": round(chrf(ours, right), 2),
            "plain": round(chrf(theirs, right), 2),
            "above_95": above(ours, theirs, right),
            "same": sum(a == b for a, b in zip(ours, theirs, strict=True)),
            "n": len(right),
        },
        "kept": {
            "ours": whole(texts, kept_ours),
            "plain": whole(texts, kept_theirs),
            "added": added,
            "n": len(texts),
        },
        "seconds": {name: round(taken, 1) for name, taken in seconds.items()},
    }


def table(result: report.Result) -> list[list[str]]:
    """For people."""
    found, kept = result["chrf"], result["kept"]
    return [
        ["", "ours", "plain", "n"],
        ["chrF", str(found["ours"]), str(found["plain"]), str(found["n"])],
        ["all kept", str(kept["ours"]), str(kept["plain"]), str(kept["n"])],
        ["seconds", str(result["seconds"]["ours"]), str(result["seconds"]["plain"]), str(found["n"])],
    ]


if __name__ == "__main__":
    wanted = report.options(__doc__, data=True, url=True)
    measured = asyncio.run(measure(wanted.data, wanted.quick, wanted.url))
    report.show(measured | report.machine("numpy"), wanted, table=table)
