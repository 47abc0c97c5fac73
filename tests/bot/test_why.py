"""What somebody is told of how an answer came about: in their language, and only what is theirs to know."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa

from bot.channel import Command
from bot.why import Why
from engine.errors import NotFound
from engine.store.database import Database
from engine.store.migrate import migrate
from engine.store.tables import events
from engine.store.turns import write_turn
from engine.types import Addressed, Audience, Conversation, Message, Outcome, Receipt, Reply

ROOM = Conversation("slack", "acme", "C1", "1.0")
NOTES = ("the model did not answer: the best passage was quoted", "not reranked: bge-reranker did not answer")
REASON = "The model server at http://10.0.0.5:8000/v1 cannot be reached (refused): start it, or set model.url."


class Library:
    """No document is there any more."""

    async def document(self, workspace: str, name: str) -> Any:
        raise NotFound(f"{workspace} {name}")

    async def load_passages(self, ids: list[str], reader: Audience) -> list[Any]:
        assert not ids, reader
        return []


class Room:
    """A channel that knows what each person may be told."""

    async def alone(self, person: str, workspace: str) -> Audience:
        return Audience.of(workspace, "workspace") if person == "U1" else Audience.of(workspace)


@pytest.fixture
async def why(tmp_path):
    database = Database.at(tmp_path / "var")
    await migrate(database)
    message = Message("1", ROOM, "U1", "Wie?", Addressed.MENTION)
    receipt = Receipt("q", model="fake-7b", notes=NOTES, server="http://10.0.0.6:8000/v1")
    reply = Reply(Outcome.ANSWERED, "So.", "en", reason=REASON, receipt=receipt)

    def keep(c: sa.Connection) -> None:
        row = {"key": message.key, "conversation": ROOM.key, "workspace": "acme", "author": "U1", "state": "answered"}
        row |= {"message": message.as_json(), "due": 0.0, "received": 0.0, "changed": 0.0}
        event = c.execute(sa.insert(events).values(row).returning(events.c.id)).scalar_one()
        write_turn(c, event, message, reply, grants=["workspace"], now=database.now())

    await database.write(keep)
    library: Any = Library()
    channels: Any = {"slack": Room()}
    yield Why(database, library, channels)
    await database.close()


def asked(person: str, language: str) -> Command:
    return Command("why", "", person, ROOM, language=language)


async def test_a_colleague_is_told_which_server_wrote_and_which_did_not(why):
    told = (await why.tell(asked("U1", "en"))).text
    assert "Its server: `http://10.0.0.6:8000/v1`" in told
    assert "at http://10.0.0.5:8000/v1 cannot be reached" in told
    assert "The model did not answer: the best passage was quoted" in told


async def test_in_chinese_reasons_and_notes_are_chinese_too(why):
    told = (await why.tell(asked("U1", "zh"))).text
    for words in (
        "模型没有应答：引用了最相符的段落",
        "未重新排序：bge-reranker 没有应答",
        "原因：无法连接模型服务器 http://10.0.0.5:8000/v1（refused）",
        "所用服务器：`http://10.0.0.6:8000/v1`",
    ):
        assert words in told
    assert "did not answer" not in told and "reached" not in told


@pytest.mark.parametrize("language", ["en", "zh"])
async def test_somebody_from_outside_is_told_no_address_of_ours(why, language):
    told = (await why.tell(asked("U9", language))).text
    assert "fake-7b" in told
    assert "10.0.0" not in told
