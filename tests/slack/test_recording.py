"""What `frontdesk doctor --record` writes down of Slack is read by our readers as the real traffic was.

``payloads/recorded/slack-stand-in.jsonl`` was recorded from the stand-in; a file recorded from a real workspace is put
beside it under any name that begins with ``slack``, and replayed too.
"""

import asyncio
import json
from pathlib import Path

import orjson
import pytest

from bot.doctor import _recorded
from bot.slack import Slack
from bot.slack.read import Me, read
from engine.config import load

RECORDED = sorted((Path(__file__).parent.parent / "payloads" / "recorded").glob("slack*.jsonl"))


def rows_of(file: Path) -> list[dict]:
    return [orjson.loads(line) for line in file.read_bytes().splitlines()]


def replayed(rows: list[dict]) -> list[str]:
    """How our readers take what was recorded, for each event: by what ``auth.test`` said at the beginning."""
    said = next(r["said"] for r in rows if r["name"] == "auth.test")
    me = Me(said["team_id"], said["user_id"], said.get("bot_id", ""), said.get("url", ""))
    taken = []
    for row in rows:
        if row["name"] == "events_api":
            message = read(row["said"]["payload"], me, workspace="")
            taken.append(type(message).__name__)
    return taken


@pytest.mark.parametrize("file", RECORDED, ids=lambda f: f.name)
def test_what_was_recorded_is_read_as_it_was_then(file):
    rows = rows_of(file)

    assert replayed(rows) == [r["as"] for r in rows if r["name"] == "events_api"]
    assert {"Message", "Edited", "Deleted", "NoneType"} <= set(replayed(rows))


def test_a_recording_is_there():
    assert RECORDED


async def a_day(fake) -> None:
    """What people do, one of each kind."""
    said = await fake.user_message("C0GENERAL", "U0ALICE", "<@U0BOT> how do I get a key for Müller-Straße 7?")
    await fake.user_message("C0GENERAL", "U0BOB", "thanks, <@U0ALICE>!", thread_ts=said["ts"])
    await fake.user_message("C0GENERAL", "U0BOB", "chatter about lunch")
    await fake.user_dm("U0ALICE", "我的密码是什么？")
    await fake.upload_file("D0ALICE", "U0ALICE", "salaries.md", "secret", text="kb add")
    await fake.user_edit("C0GENERAL", said["ts"], "<@U0BOT> how do I get two keys?")
    await fake.user_delete("C0GENERAL", said["ts"])


async def recording(fake, file: Path) -> None:
    """As the verb does it, until all of that has come."""
    from bot.redacting import Redactor

    channel = Slack(bot_token=fake.bot_token, app_token=fake.app_token, api_url=fake.api_url)
    redactor, lines, events = Redactor(), [], set()

    def keep(kind, name, taken, said):
        lines.append({"platform": "slack", "kind": kind, "name": name, "as": taken, "said": redactor.redact(said)})
        if name == "events_api":
            events.add(said["payload"]["event_id"])

    recorder = asyncio.create_task(channel.record(keep))
    await fake.wait_connected()
    await a_day(fake)
    await fake.wait_for(lambda: len(events) >= 8, timeout=60)
    recorder.cancel()
    await asyncio.gather(recorder, return_exceptions=True)
    await channel.close()
    await asyncio.to_thread(file.write_bytes, b"".join(orjson.dumps(line) + b"\n" for line in lines))


@pytest.mark.tolerates("not acknowledged in time")
async def test_what_is_recorded_now_is_read_as_it_was_and_holds_nobodys_words(fake, tmp_path):
    file = tmp_path / "slack.jsonl"
    fake.limits.ack_s = 0.2
    await recording(fake, file)
    rows = rows_of(file)

    assert replayed(rows) == [r["as"] for r in rows if r["name"] == "events_api"]
    text = file.read_text("utf-8")
    for word in ("Müller", "lunch", "密", "salaries", "alice", "ALICE", "T0TEAM", "general", fake.bot_token):
        assert word not in text


async def test_nothing_is_acknowledged_so_that_whoever_runs_gets_it(fake, tmp_path):
    fake.limits.ack_s, fake.limits.retry_delays_s = 0.2, (0.2, 0.2, 0.2)
    await recording(fake, tmp_path / "slack.jsonl")

    assert [e for e in fake.transcript if e["kind"] == "ack"] == []
    fake.violations.clear()  # it says that nobody did


async def test_the_verb_writes_a_file_for_its_owner_alone_and_says_how_much(fake, tmp_path):
    settings = tmp_path / "frontdesk.toml"
    settings.write_text(f"""
[[channels]]
use = "bot.slack:Slack"
bot_token = "$TOKEN"
signing_secret = "{"0" * 32}"
api_url = "{fake.api_url}"
""")
    loaded = load(settings, {"TOKEN": fake.bot_token})
    found = await _recorded(loaded, tmp_path / "r.jsonl", 60.0)

    assert (found.works, "4 from slack" in found.advice) == (True, True)
    assert (tmp_path / "r.jsonl").stat().st_mode & 0o777 == 0o600
    assert [json.loads(line)["name"] for line in (tmp_path / "r.jsonl").read_text().splitlines()] == [
        "auth.test", "users.info", "users.conversations", "bots.info",
    ]  # fmt: skip


async def test_a_token_that_is_wrong_and_a_place_that_cannot_be_written_are_said(fake, tmp_path):
    settings = tmp_path / "frontdesk.toml"
    way = f"signing_secret = '{'0' * 32}'\napi_url = '{fake.api_url}'"
    settings.write_text(f"[[channels]]\nuse = 'bot.slack:Slack'\nbot_token = 'xoxb-wrong'\n{way}\n")
    loaded = load(settings, {})

    for file, said in ((tmp_path / "r.jsonl", "does not know this token"), (tmp_path / "no" / "r.jsonl", "written")):
        found = await _recorded(loaded, file, 60.0)
        assert (found.works, said in found.advice) == (False, True)
