"""A hundred questions at once in one channel of Slack and of Discord, against the strict stand-ins and their limits.

    python -m tests.bench.burst [--quick] [--json] [--plot FILE]

Slack: fifty people's mentions and, at once after each, a second question in its thread.  Discord: a hundred times
`/ask`.  The app answers from the demo's pages, by quoting, so that nothing but the platform limits it; the stand-ins
run in the same process.  ``acknowledged_ms`` is each event's (interaction's) time to its acknowledgement; ``refused``
counts requests that the platform answered with 429, ``refused_twice`` those that were refused again, ``reordered``
threads whose second question was answered before the first, ``double`` answers beyond one.
"""

from __future__ import annotations

import asyncio
import logging
import tempfile
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import numpy as np
import orjson
import structlog
import uvloop

from bot.app import App
from engine.config import load
from tests.bench.overhead import PAGES, asked_for
from tests.bench.report import Result, machine, options, show
from tests.stand_ins.fake_discord import FakeDiscord
from tests.stand_ins.fake_slack import FakeSlack

ROOM = "C0GENERAL"
PATIENCE_S = 600.0
QUESTIONS = {False: 100, True: 20}  # by --quick


@asynccontextmanager
async def desk(channel: str, environment: dict[str, str], workspace: str) -> AsyncIterator[App]:
    """The app as `run` has it, connected, with the demo's pages."""
    pages, _ = asked_for(quick=True)
    with tempfile.TemporaryDirectory(prefix="burst-") as folder:
        app = App(load(_settings(Path(folder), channel), environment), serving=True)
        async with app.opened():
            async for _ in app.knowledge.add(pages, workspace=workspace, folder=PAGES):
                pass
            await app.knowledge.ready()
            connected = asyncio.Event()
            running = asyncio.create_task(app.channels[0].run(app.reception, connected.set))
            try:
                await asyncio.wait_for(connected.wait(), 60)
                yield app
            finally:
                running.cancel()
                await asyncio.gather(running, return_exceptions=True)


def _settings(folder: Path, channel: str) -> Path:
    file = folder / "frontdesk.toml"
    file.write_text(f'[data]\npath = "{folder}/var"\n[model]\nuse = "none"\n[[channels]]\n{channel}')
    return file


async def ended(app: App, count: int) -> None:
    """Return when so many questions have come and none is open."""
    end = time.monotonic() + PATIENCE_S
    while time.monotonic() < end:
        kept = await app.database.read(lambda c: c.exec_driver_sql("select count(*) from turns").scalar_one())
        if kept >= count and not (await app.inbox.open_events()).total:
            return
        await asyncio.sleep(0.2)
    raise SystemExit(f"The burst was not answered in {PATIENCE_S:.0f} s")


async def slack(questions: Sequence[str]) -> Result:
    """Mentions, each with a second question in its thread."""
    async with FakeSlack(commands={"/frontdesk"}) as fake:
        channel = f'use = "bot.slack:Slack"\nbot_token = "$B"\napp_token = "$A"\napi_url = "{fake.api_url}"\n'
        async with desk(channel, {"B": fake.bot_token, "A": fake.app_token}, fake.team_id) as app:
            fake.rate_limits = True
            began = time.monotonic()
            threads = []
            for first, second in zip(questions[::2], questions[1::2], strict=True):
                person = ("U0ALICE", "U0BOB")[len(threads) % 2]
                said = await fake.user_message(ROOM, person, f"<@{fake.bot_user_id}> {first}")
                threads.append(said["ts"])
                await fake.user_message(ROOM, person, second, thread_ts=said["ts"])
            await ended(app, len(questions))
            took = time.monotonic() - began
        keys = [[_key(m) for m in fake.messages(ROOM, thread_ts=ts, from_bot=True)] for ts in threads]
        calls = [e for e in fake.transcript if e["kind"] == "api"]
        acks = [e["ms"] for e in fake.transcript if e["kind"] == "ack" and e["delivery"] == "events_api"]
        return {
            **_told(acks, calls, took, lambda e: (e["method"], _sorted(e["args"]))),
            "answered": sum(len(set(k)) for k in keys),
            "double": sum(len(k) - len(set(k)) for k in keys),
            "reordered": sum(k != sorted(k) for k in keys),
            "complaints": len(fake.violations),
        }


async def discord(questions: Sequence[str]) -> Result:
    """Slash commands, all in one channel."""
    async with FakeDiscord() as fake:
        where = f'api_url = "{fake.api_url}"\ngateway_url = "{fake.gateway_url}"\n'
        channel = f'use = "bot.discord:Discord"\ntoken = "$T"\n{where}'
        async with desk(channel, {"T": fake.token}, fake.guild_id) as app:
            began = time.monotonic()
            people = (fake.alice, fake.bob)
            asked = (
                fake.slash_command(fake.general, people[n % 2], "ask", {"question": q}) for n, q in enumerate(questions)
            )
            said = await asyncio.gather(*asked)
            await ended(app, len(questions))
            took = time.monotonic() - began
        calls = [e for e in fake.transcript if e["kind"] == "rest"]
        answered = [_answers(fake, s["original"]["id"]) for s in said if s["original"]]
        acks = [s["ms"] for s in said if s["acked"]]
        return {
            **_told(acks, calls, took, lambda e: (e["verb"], e["path"], _sorted(e["body"]))),
            "answered": sum(n > 0 for n in answered),
            "double": sum(n - 1 for n in answered if n > 1),
            "reordered": 0,  # each command is a conversation of its own
            "complaints": len(fake.violations) + len(fake.user_errors),
        }


def _answers(fake: FakeDiscord, question: str) -> int:
    """How many answers a question has: as replies to it, or in a thread of its own (which has its id)."""
    replies = [m for m in fake.messages(fake.general, from_bot=True)
               if (m.get("message_reference") or {}).get("message_id") == question]  # fmt: skip
    in_thread = fake.messages(question, from_bot=True) if question in fake.channels else []
    return len(replies) + sum(not m.get("message_reference") and m["type"] == 0 for m in in_thread)


def _key(message: dict[str, Any]) -> int:
    """The event that a message of ours answers."""
    return int(str(message["metadata"]["event_payload"]["key"]).partition("-")[0])


def _sorted(body: Any) -> bytes:
    return orjson.dumps(body, option=orjson.OPT_SORT_KEYS)


def _told(acks: Sequence[float], calls: Sequence[Any], took: float, of: Callable[[Any], Any]) -> Result:
    refused = Counter(of(e) for e in calls if e["status"] == 429)
    return {
        "acknowledged_ms": {
            "p50": round(float(np.percentile(acks, 50)), 1),
            "p99": round(float(np.percentile(acks, 99)), 1),
            "max": round(max(acks), 1),
            "n": len(acks),
        },
        "requests": len(calls),
        "refused": sum(refused.values()),
        "refused_twice": sum(n > 1 for n in refused.values()),
        "seconds": round(took, 1),
    }


async def measure(*, quick: bool) -> Result:
    """One platform after the other."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    _, known = asked_for(quick=True)
    count = QUESTIONS[quick]
    questions = (list(known) * count)[:count]
    told = {"slack": await slack(questions), "discord": await discord(questions)}
    return {
        "bench": "burst",
        **{name: {"questions": count, **one} for name, one in told.items()},
        **machine("slack-bolt", "discord.py"),
    }


def _table(result: Result) -> list[list[str]]:
    names = (
        "questions",
        "answered",
        "double",
        "reordered",
        "requests",
        "refused",
        "refused_twice",
        "complaints",
        "seconds",
    )
    rows = [["", "slack", "discord"]]
    rows += [[f"acknowledged {k} (ms)", *(str(result[p]["acknowledged_ms"][k]) for p in ("slack", "discord"))]
             for k in ("p50", "p99", "max")]  # fmt: skip
    return rows + [[name, *(str(result[p][name]) for p in ("slack", "discord"))] for name in names]


def _plot(result: Result, axes: Any) -> None:
    for n, platform in enumerate(("slack", "discord")):
        told = result[platform]["acknowledged_ms"]
        axes.bar([x + 0.4 * n for x in range(3)], [told[k] for k in ("p50", "p99", "max")], width=0.4, label=platform)
    axes.set_xticks([0.2, 1.2, 2.2], ["p50", "p99", "max"])
    axes.set_ylabel("to the acknowledgement, ms")
    axes.legend()


def main() -> None:
    """Measure and show."""
    asked = options(__doc__)
    show(uvloop.run(measure(quick=asked.quick)), asked, table=_table, plot=_plot)


if __name__ == "__main__":
    main()
