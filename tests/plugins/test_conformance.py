"""What every plugin promises: kept by all of ours, and seen where one breaks it."""

import ast
import asyncio
import importlib
import inspect
import time
from pathlib import Path

import pytest

from bot.conformance import TAKEN, conform
from bot.discord.spoken import COMMANDS
from bot.trying import trial
from engine import Outcome, Past, Plugin, Reply, Turn
from engine.types import Receipt, Source
from tests.encoders import packaged

ROOT = Path(__file__).parents[2]


def shipped() -> dict[str, type[Plugin]]:
    """Every plugin class below plugins/, by the name that settings use; those that need settings are left out."""
    found = {}
    for file in sorted(ROOT.glob("plugins/**/*.py")):
        module = ".".join(file.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
        names = [n.name for n in ast.parse(file.read_text("utf-8")).body if isinstance(n, ast.ClassDef)]
        for name in names:
            kind = getattr(importlib.import_module(module), name)
            if issubclass(kind, Plugin) and not inspect.isabstract(kind):
                found[f"{module}:{name}"] = kind
    return found


SHIPPED = shipped()


@pytest.mark.parametrize("use", SHIPPED)
async def test_each_of_ours_keeps_every_promise(use):
    async with trial(packaged()) as desk:
        checks = await conform(SHIPPED[use](), desk=desk)

    assert [f"{c.check}: {c.why}" for c in checks if not c.ok] == []
    assert len(checks) == 11


def test_the_desks_own_commands_are_taken():
    assert {entry["name"] for entry in COMMANDS} <= TAKEN


class Good(Plugin):
    """Says what it was asked."""

    async def answer(self, turn: Turn) -> Reply | None:
        return Reply(Outcome.ANSWERED, "It is so.", turn.language)


class Nameless(Good):
    commands = {"ask": "x" * 200}  # noqa: RUF012  # as the contract has them


class Odd(Good):
    async def answer(self, turn: Turn) -> Reply | None:
        return Reply(Outcome.ANSWERED, turn.question.partition("%")[0].strip(), turn.language)


class Short(Good):
    async def answer(self, turn: Turn) -> Reply | None:
        return Reply(Outcome.ANSWERED, turn.question * 20 if len(turn.question) > 500 else "short", turn.language)


class English(Good):
    async def answer(self, turn: Turn) -> Reply | None:
        return Reply(Outcome.ANSWERED, "In English.")


class Hopeful(Good):
    async def answer(self, turn: Turn) -> Reply | None:
        try:
            return turn.drafted((await turn.compose("Write.", turn.question)).text or "-")
        except Exception as e:
            if turn.writes:
                raise ValueError("no answer") from e
            raise


class Deaf(Good):
    async def answer(self, turn: Turn) -> Reply | None:
        if turn.writes:
            self.__dict__["left"] = asyncio.create_task(asyncio.sleep(3600), name="left behind")
            await turn.compose("Write.", turn.question)
        return None


class Greedy(Good):
    def claims(self, turn: Turn) -> bool:
        return True


class Slow(Good):
    def claims(self, turn: Turn) -> bool:
        until = time.thread_time() + 0.03
        while time.thread_time() < until:
            pass
        return False


class Hoards(Good):
    async def answer(self, turn: Turn) -> Reply | None:
        past = turn.history[-1].kept if turn.history else {}
        return Reply(Outcome.ANSWERED, "kept", turn.language, receipt=Receipt(kept={"asked": (turn.question, *past)}))


class Credulous(Good):
    async def answer(self, turn: Turn) -> Reply | None:
        if not turn.writes:
            return None
        return Reply(Outcome.ANSWERED, (await turn.compose("Write.", turn.question)).text, turn.language)


class Inventive(Good):
    async def answer(self, turn: Turn) -> Reply | None:
        source = Source(1, "Mine", "", "https://example.com/mine", "no-such-document")
        return Reply(Outcome.ANSWERED, "It is so [1].", turn.language, (source,))


class Linking(Good):
    async def answer(self, turn: Turn) -> Reply | None:
        url = "https://evil.example.net/collect"
        return Reply(Outcome.ANSWERED, f"Look at {url}", turn.language, links=(url,))


@pytest.mark.parametrize(
    ("plugin", "broken", "word"),
    [
        (Nameless(), "usage text", "desk's own"),
        (Odd(), "empty and odd messages", "nothing"),
        (Short(), "long message", "characters"),
        (English(), "other language", "turn.language"),
        (Hopeful(), "model down", "ValueError"),
        (Hopeful(), "no model", "no_writer"),
        (Deaf(), "cancelled in the middle", "left behind"),
        (Slow(), "claims is quick and raises nothing", "ms"),
        (Greedy(), "answers only what it claims", "10 of 10"),
        (Hoards(), "kept is JSON", "tuples"),
        (Credulous(), "what it promises holds with a model that obeys attackers", "no passage"),
        (Inventive(), "what it promises holds with a model that obeys attackers", "source"),
        (Linking(), "what it promises holds with a model that obeys attackers", "asker did not write"),
    ],
)
async def test_a_broken_promise_is_named(plugin, broken, word):
    async with trial(packaged()) as desk:
        checks = {c.check: c for c in await conform(plugin, desk=desk)}
        if left := plugin.__dict__.get("left"):
            left.cancel()

    assert not checks[broken].ok
    assert word in checks[broken].why


async def test_a_plugin_goes_on_from_what_it_kept():
    async with trial(packaged()) as desk:
        past = Past((), "before", "kept", "en", False, "hoards", {"asked": ["before"]})
        tried = await desk.ask(Hoards(), "now", past=[past])

    assert tried.reply.receipt.kept["asked"] == ("now", "asked")
