"""Solved posts: kept once, found in their room alone, gone with their question."""

from __future__ import annotations

from engine.store.database import Database
from engine.store.solved import mark_solved, opened_by, room_of, solved_posts
from engine.store.turns import forget_person
from engine.types import Conversation
from tests.inbox.desk import said, working


async def test_a_solved_post_is_found_in_its_room_until_its_author_is_forgotten(database: Database) -> None:
    async with working(database) as desk:
        for thread in ("t1", "t2"):
            await desk.inbox.accept(said(f"how in {thread}?", thread=thread))
            await desk.inbox.accept(said("and then?", thread=thread))
        await desk.settled()
    one, two = (said("how?", thread=thread) for thread in ("t1", "t2"))
    opened = await database.read(lambda c: opened_by(c, one.conversation.key))
    assert opened is not None
    event, author, question = opened
    assert (author, question) == (one.author, "how in t1?")

    marked = [await database.write(lambda c: mark_solved(database, c, event, "e5", b"\x00\x00\x80?")) for _ in range(2)]
    assert marked == [True, False]
    assert not await database.write(lambda c: mark_solved(database, c, 999, "e5", b""))

    async def found(where: Conversation, *, embedder: str = "e5", but: str = "") -> list[str]:
        room = room_of(where)
        posts = await database.read(lambda c: solved_posts(c, room, embedder, but, 10))
        return [post.question for post in posts]

    assert await found(two.conversation, but=two.conversation.key) == ["how in t1?"]
    assert await found(one.conversation, but=one.conversation.key) == []
    assert await found(one.conversation, embedder="another") == []
    assert await found(Conversation("discord", "acme", "elsewhere")) == []

    await database.write(lambda c: forget_person(database, c, one.conversation.workspace, one.author))
    assert await found(two.conversation) == []
    assert await database.read(lambda c: opened_by(c, one.conversation.key)) is None
