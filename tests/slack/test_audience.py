"""Who reads along decides what may be said (DESIGN, rule 3)."""

import asyncio

import pytest

from bot.slack.audience import may_write
from engine.errors import FrontdeskError, Unavailable
from engine.types import Addressed, Audience, Conversation, Message
from tests.slack.desk import working
from tests.stand_ins.fake_slack import FakeSlack

ALICE, BOB, GUEST = "U0ALICE", "U0BOB", "U0GUEST"


@pytest.fixture
def town(fake):
    """Rooms of every kind."""
    fake.add_user(GUEST, "guest", guest="multi")
    fake.add_user("U0SINGLE", "single", guest="single")
    fake.add_user("U0PARTNER", "partner", is_stranger=True)
    fake.add_user("U0ELSE", "elsewhere")["team_id"] = "T0ELSE"
    fake.add_user("U0OTHERBOT", "otherbot", is_bot=True)["team_id"] = "T0ELSE"
    rooms = {
        "public": [ALICE, BOB], "private": [ALICE, BOB], "group": [ALICE, BOB], "bots": [ALICE, "U0OTHERBOT"],
        "guest": [ALICE, GUEST], "single": [ALICE, "U0SINGLE"], "partner": [ALICE, "U0PARTNER"],
        "elsewhere": [ALICE, "U0ELSE"], "shared": [ALICE], "without": [BOB],
    }  # fmt: skip
    for name, people in rooms.items():
        kind = {"public": "channel", "group": "mpim"}.get(name, "group")
        fake.add_channel(f"C0{name.upper()}", name, kind=kind, members=[*people, fake.bot_user_id])
    return fake


def message(room: str, author: str = ALICE, workspace: str = "T0TEAM") -> Message:
    return Message("id", Conversation("slack", workspace, room, "1"), author, "?", Addressed.MENTION)


@pytest.mark.parametrize("name", ["public", "private", "group", "bots"])
async def test_among_colleagues_the_workspace_and_the_room_may_be_told(town, name):
    room = f"C0{name.upper()}"
    async with working(town) as desk:
        assert await desk.channel.audience(message(room)) == Audience.of("T0TEAM", "workspace", f"room:{room}")


@pytest.mark.parametrize("name", ["guest", "single", "partner", "elsewhere"])
async def test_where_somebody_from_outside_reads_along_only_public_and_the_rooms_own_may(town, name):
    room = f"C0{name.upper()}"
    async with working(town) as desk:
        assert await desk.channel.audience(message(room)) == Audience.of("T0TEAM", f"room:{room}")


class SlackConnect(FakeSlack):
    """The stand-in has no shared rooms; here every room is one."""

    def _conversation(self, c):
        return {**super()._conversation(c), "is_ext_shared": True}


async def test_a_room_shared_with_another_organisation_is_outside_even_while_nobody_of_theirs_is_in():
    async with SlackConnect() as fake, working(fake) as desk:
        assert await desk.channel.audience(message("C0GENERAL")) == Audience.of("T0TEAM", "room:C0GENERAL")


async def test_a_direct_message_may_use_what_the_person_and_their_rooms_were_given(town):
    town.channels["C0GENERAL"]["members"].remove(BOB)
    async with working(town) as desk:
        audience = await desk.channel.audience(message(town._dm(BOB)["id"], BOB))

    rooms = ["room:C0OTHER", "room:C0PUBLIC", "room:C0PRIVATE", "room:C0GROUP", "room:C0WITHOUT"]
    assert audience == Audience.of("T0TEAM", "workspace", "user:U0BOB", *rooms)


async def test_a_guests_direct_message_uses_nothing_of_the_whole_workspace(town):
    async with working(town) as desk:
        audience = await desk.channel.audience(message(town._dm(GUEST)["id"], GUEST))

    assert audience == Audience.of("T0TEAM", "user:U0GUEST", "room:C0GUEST")


async def test_a_named_workspace_is_the_audiences_workspace(town):
    async with working(town, workspace="acme") as desk:
        audience = await desk.channel.audience(message("C0PUBLIC", workspace="acme"))

    assert audience.workspace == "acme"


async def test_a_room_is_looked_up_once_a_minute_and_at_once_when_asked_to(town):
    async with working(town) as desk:
        for _ in range(3):
            await desk.channel.audience(message("C0PUBLIC"))
        assert len(desk.calls("conversations.members")) == 1

        town.channels["C0PUBLIC"]["members"].append(GUEST)
        assert (await desk.channel.audience(message("C0PUBLIC"))).may_read("workspace")
        assert not (await desk.channel.audience(message("C0PUBLIC"), max_age_s=0)).may_read("workspace")
        assert not (await desk.channel.audience(message("C0PUBLIC"))).may_read("workspace")


async def test_who_was_removed_from_a_room_loses_its_documents_at_the_next_look(town):
    async with working(town) as desk:
        dm = message(town._dm(ALICE)["id"])
        assert (await desk.channel.audience(dm)).may_read("room:C0PRIVATE")
        town.channels["C0PRIVATE"]["members"].remove(ALICE)
        assert not (await desk.channel.audience(dm, max_age_s=0)).may_read("room:C0PRIVATE")


async def test_many_who_ask_at_once_share_a_look(town):
    async with working(town) as desk:
        await asyncio.gather(*(desk.channel.audience(message("C0PUBLIC"), max_age_s=0) for _ in range(50)))

        assert len(desk.calls("conversations.members")) <= 10


async def test_a_large_room_is_looked_up_in_a_few_calls(town):
    people = [town.add_user(f"U{n:04d}", f"p{n}")["id"] for n in range(1_500)]
    town.add_channel("C0LARGE", "large", members=[*people, town.bot_user_id])
    async with working(town) as desk:
        assert (await desk.channel.audience(message("C0LARGE"))).may_read("workspace")
        assert len([e for e in town.transcript if e["kind"] == "api"]) <= 8
        town.channels["C0LARGE"]["members"].append("U0PARTNER")
        assert not (await desk.channel.audience(message("C0LARGE"), max_age_s=0)).may_read("workspace")


@pytest.mark.parametrize("method", ["conversations.info", "conversations.members", "users.info"])
async def test_without_an_answer_from_slack_there_is_no_audience(town, method):
    async with working(town) as desk:
        town.fail(method, status=429, retry_after=100)
        with pytest.raises(Unavailable):
            await desk.channel.audience(message("C0PUBLIC"))
        town._faults.clear()
        desk.channel._client._held.clear()
        town.fail(method, error="missing_scope")
        with pytest.raises(FrontdeskError):
            await desk.channel.audience(message("C0PUBLIC"))


async def test_admins_are_those_of_the_settings_and_those_of_slack_now(town):
    async with working(town, admins=[BOB]) as desk:
        assert await desk.channel.is_admin(BOB, "T0TEAM")
        assert not await desk.channel.is_admin(ALICE, "T0TEAM")
        town.users[ALICE]["is_admin"] = True
        assert await desk.channel.is_admin(ALICE, "T0TEAM")
        town.users[GUEST]["is_admin"] = True
        assert not await desk.channel.is_admin(GUEST, "T0TEAM")
        town.add_user("U0ELSEWHERE", "boss")
        town.users["U0ELSEWHERE"] |= {"is_admin": True, "team_id": "T0OTHER"}  # here through Slack Connect
        assert not await desk.channel.is_admin("U0ELSEWHERE", "T0TEAM")


@pytest.mark.parametrize(
    ("room", "may"),
    [
        ({"id": "C1"}, True),
        ({"id": "C1", "is_read_only": True}, False),
        ({"id": "C1", "is_thread_only": True}, False),
        ({"id": "C1", "properties": {"posting_restricted_to": {"type": ["admin"], "user": ["U0BOB"]}}}, False),
        ({"id": "C1", "properties": {"posting_restricted_to": {"type": ["admin"], "user": ["U0ALICE"]}}}, True),
    ],
)
def test_where_only_some_may_write_nobody_else_has_a_draft_posted(room, may):
    assert may_write(room, "U0ALICE") is may
