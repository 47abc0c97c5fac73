"""A third platform, in one file: a desk that answers in Mattermost, against a strict stand-in for its server."""

import asyncio
import contextlib
import re
from pathlib import Path

import pytest

import bot.mattermost
from bot.app import App
from bot.mattermost import Mattermost
from bot.operations import Operations
from engine.config import load
from engine.errors import SettingsError
from tests.encoders import packaged
from tests.stand_ins.fake_mattermost import FakeMattermost

VPN = "# VPN\n\nVPN certificates are valid for ninety days; the portal renews them.\n"
QUESTION = "How long are VPN certificates valid?"


async def until(check, seconds=90.0):
    """What ``check`` returns, as soon as it is something."""
    async with asyncio.timeout(seconds):
        while not (value := check()):
            await asyncio.sleep(0.02)
    return value


class Notes:
    """A reception that writes down what it is told."""

    def __init__(self):
        self.said = []
        self.claimed = {}

    async def accept(self, message):
        self.said.append(("accepted", message.id, message.text))
        return True

    async def edited(self, channel, identity, text):
        self.said.append(("edited", identity, text))

    async def deleted(self, channel, identity):
        self.said.append(("deleted", identity, ""))


class Office:
    """Mattermost, and a desk that quotes the page about VPN."""

    def __init__(self, server, folder):
        self.server, self.folder = server, folder
        self.channel, self.bots = None, []

    @contextlib.asynccontextmanager
    async def desk(self):
        file = self.folder / "frontdesk.toml"
        file.write_text(
            f'[data]\npath = "{self.folder / "var"}"\n[model]\nuse = "none"\n'
            f'[[channels]]\nuse = "bot.mattermost:Mattermost"\nurl = "{self.server.url}"\ntoken = "$TOKEN"\n'
            f"answer_bots = {self.bots}\n"
        )
        async with App(load(file, {"TOKEN": self.server.token}), serving=True, embedder=packaged()).opened() as app:
            [self.channel] = app.channels
            page = self.folder / "vpn.md"
            page.write_text(VPN, "utf-8")
            given = {"sources": [str(page)], "folder": str(self.folder), "workspace": self.server.team}
            rows = [line["row"] async for line in Operations(app)("kb.add", given) if "row" in line]
            assert [row["status"] for row in rows] == ["searchable"]
            up = asyncio.Event()
            running = asyncio.create_task(self.channel.run(app.reception, up.set))
            try:
                async with asyncio.timeout(60):
                    await up.wait()
                yield app
            finally:
                running.cancel()
                await asyncio.gather(running, return_exceptions=True)

    async def answer(self, question):
        """The whole answer to a post."""
        return await until(lambda: next(iter(self.whole(question)), None))

    def whole(self, question):
        return [p for p in self.server.answers(question["id"]) if "Sources" in p["message"]]


@pytest.fixture
async def server():
    async with FakeMattermost().open() as server:
        yield server
        assert server.violations == []


@pytest.fixture
def office(server, tmp_path):
    return Office(server, tmp_path)


async def test_who_names_the_bot_is_answered_in_a_thread_with_the_source(office, server):
    room, ann = server.channel(), server.person()
    async with office.desk():
        talk = await server.say(room, ann, "Lunch at noon?")
        question = await server.say(room, ann, f"@frontdesk {QUESTION}")
        said = await office.answer(question)
        assert "ninety days" in said["message"] and "vpn" in said["message"].lower()
        assert said["props"]["frontdesk_part"] == 0
        assert server.answers(talk["id"]) == []


async def test_a_thread_goes_on_without_the_name_and_a_direct_message_needs_none(office, server):
    room, direct, ann = server.channel(), server.channel("D"), server.person()
    async with office.desk():
        question = await server.say(room, ann, f"{QUESTION} @frontdesk")
        await office.answer(question)
        await server.say(room, ann, "And who renews the VPN certificates?", root=question["id"])
        await until(lambda: len(office.whole(question)) == 2)
        alone = await server.say(direct, ann, QUESTION)
        await office.answer(alone)


async def test_an_answer_that_was_posted_while_the_confirmation_got_lost_is_not_posted_again(office, server):
    room, ann = server.channel(), server.person()
    server.lose_answers = 1
    async with office.desk():
        question = await server.say(room, ann, f"@frontdesk {QUESTION}")
        await office.answer(question)
        later = await server.say(room, ann, f"@frontdesk {QUESTION}")
        await office.answer(later)
        assert len(server.answers(question["id"])) == 1


async def test_what_was_said_while_the_socket_was_closed_is_answered_once(office, server):
    room, ann = server.channel(), server.person()
    async with office.desk():
        first = await server.say(room, ann, f"@frontdesk {QUESTION}")
        await office.answer(first)
        await server.cut()
        await until(lambda: not server.connected)
        missed = await server.say(room, ann, f"@frontdesk {QUESTION}")
        await office.answer(missed)
        assert len(server.answers(missed["id"])) == len(server.answers(first["id"])) == 1


async def test_a_busy_server_is_tried_again(office, server):
    room, ann = server.channel(), server.person()
    async with office.desk():
        server.busy = 2
        await office.answer(await server.say(room, ann, f"@frontdesk {QUESTION}"))


async def test_edits_and_deletions_are_told_also_those_that_nobody_heard(server):
    room, ann = server.channel(), server.person()
    channel, notes = Mattermost(url=server.url, token=server.token), Notes()
    running = asyncio.create_task(channel.run(notes, lambda: None))
    try:
        await until(lambda: server.connected)
        changed = await server.say(room, ann, "@frontdesk when do you open?")
        await server.edit(changed, "@frontdesk when do you close?")
        await until(lambda: ("edited", changed["id"], "when do you close?") in notes.said)
        await server.cut()
        await until(lambda: not server.connected)
        taken_back = await server.say(room, ann, "@frontdesk who is the boss?")
        await server.delete(taken_back)
        await until(lambda: ("deleted", taken_back["id"], "") in notes.said)
        assert ("accepted", taken_back["id"], "who is the boss?") not in notes.said
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        await channel.close()


@pytest.mark.parametrize(
    ("kind", "guests", "reads"), [("O", 0, True), ("P", 0, True), ("O", 1, False), ("G", 0, False)]
)
async def test_where_a_guest_or_another_team_may_read_along_only_public_documents_count(
    office, server, kind, guests, reads
):
    room, ann = server.channel(kind, guests=guests), server.person()
    async with office.desk():
        question = await server.say(room, ann, f"@frontdesk {QUESTION}")
        [said] = await until(lambda: server.answers(question["id"]))
        assert ("ninety" in said["message"]) == reads


@pytest.mark.parametrize("who", [{"guest": True}, {"member": False}])
async def test_a_guest_or_a_stranger_is_told_nothing_of_the_workspace_in_a_direct_message(office, server, who):
    direct, eve = server.channel("D"), server.person(**who)
    async with office.desk():
        question = await server.say(direct, eve, QUESTION)
        [said] = await until(lambda: server.answers(question["id"]))
        assert "ninety" not in said["message"]


async def test_bots_and_system_notices_are_no_questions(office, server):
    direct, ann = server.channel("D"), server.person()
    async with office.desk():
        by_bot = await server.say(direct, ann, QUESTION, props={"from_bot": "true"})
        joined = await server.say(direct, ann, QUESTION, type="system_join_channel")
        await office.answer(await server.say(direct, ann, QUESTION))
        assert server.answers(by_bot["id"]) == server.answers(joined["id"]) == []


async def test_a_bot_that_the_settings_name_is_answered_where_it_names_us_and_a_webhook_never(office, server):
    room, ann, robot = server.channel(), server.person(), server.person()
    office.bots = [robot, ann]
    async with office.desk():
        by_hook = await server.say(room, ann, f"@frontdesk {QUESTION}", props={"from_webhook": "true"})
        unnamed = await server.say(room, robot, QUESTION, props={"from_bot": "true"})
        named = await server.say(room, robot, f"@frontdesk {QUESTION}", props={"from_bot": "true"})
        await office.answer(named)
        assert server.answers(by_hook["id"]) == server.answers(unnamed["id"]) == []


async def test_a_wrong_token_ends_with_the_setting_to_look_at(server):
    channel = Mattermost(url=server.url, token="nonsense")
    try:
        with pytest.raises(SettingsError, match="mattermost url or token"):
            await channel.run(None, lambda: None)
        [finding] = await channel.check()
        assert not finding.works and "401" in finding.advice
    finally:
        await channel.close()


async def test_nothing_that_the_bot_posts_names_anybody(office, server):
    room = server.channel()
    async with office.desk():
        await office.channel.tell(room, "@channel and @all: ask @ann.lee, or run `npm i @scope/name`")
    [body] = server.sent
    outside = re.sub(r"`[^`]*`", "", body["message"])
    assert re.search(r"@\w", outside) is None and "`npm i @scope/name`" in body["message"]


def test_it_is_one_file_of_less_than_160_lines():
    assert len(Path(bot.mattermost.__file__).read_text("utf-8").splitlines()) < 160
