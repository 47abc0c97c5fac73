"""One app in several workspaces: each hears its own, is answered with its own token, and leaves nothing behind."""

import asyncio
import json
import time

import aiohttp
import pytest
import sqlalchemy as sa
from pydantic import BaseModel

from bot.channel import Channel
from bot.slack import Slack
from bot.slack.workspaces import SlackWorkspaces
from engine.errors import Refused
from engine.store import installations as store
from engine.store.database import Database
from engine.store.migrate import migrate
from engine.store.tables import installations
from engine.types import WORKSPACE, File
from tests.slack.desk import TOWN, answered, complaints, shown
from tests.slack.several import BOTS, ONE, TWO, Browser, Erased, slacks, working

ROOM, ALICE = "C0GENERAL", "U0ALICE"


@pytest.fixture
async def database(tmp_path):
    kept = Database(f"sqlite:///{tmp_path / 'desk.db'}")
    await migrate(kept)
    yield kept
    await kept.close()


@pytest.fixture
def erased():
    return Erased()


@pytest.fixture(params=["http", "socket"])
async def both(request, database, erased):
    """Two workspaces with the app, over either way in."""
    async with slacks(request.param) as (fake, listen), working(fake, listen, database, erase=erased) as desk:
        for team in (ONE, TWO):
            assert (await Browser(listen).install(fake, team))[0] == 200
        yield desk
        for one in (fake, *fake.workspaces.values()):
            assert [*one.violations, *complaints(one)] == []


@pytest.fixture
async def two(database, erased):
    """The same over HTTP, where a test may provoke complaints."""
    async with slacks() as (fake, listen), working(fake, listen, database, erase=erased) as desk:
        desk.listen = listen
        for team in (ONE, TWO):
            await Browser(listen).install(fake, team)
        yield desk


def bodies(one, method: str) -> list[dict]:
    return [e["args"] for e in one.transcript if e["kind"] == "api" and e["method"] == method]


async def until(condition):
    async with asyncio.timeout(60):
        while not condition():
            await asyncio.sleep(0.01)


async def test_how_a_question_reads_now_is_asked_of_the_workspace_where_it_stands(both):
    for count, (team, workspace) in enumerate(both.fake.workspaces.items(), 1):
        await workspace.user_message(ROOM, ALICE, f"<@{BOTS[team]}> how do I get a key?")
        await both.message(count)
    one, two = both.kept.values()
    both.fake.workspaces[TWO].message(ROOM, two.handle).update(text="how do I get a car?", edited={"user": ALICE})

    assert await both.channel.reads_now(one) == "how do I get a key?"
    assert await both.channel.reads_now(two) == "how do I get a car?"
    assert both.channel.said_at(two) == float(two.handle)
    assert both.channel.heard.listening
    assert both.channel._for(two.conversation).heard is both.channel.heard


async def test_each_workspace_asks_and_is_answered_as_a_workspace_of_its_own(both):
    """The rooms and people of both have the same ids: only the workspace tells them apart."""
    one, two = both.fake.workspaces.values()
    for count, (team, workspace) in enumerate(both.fake.workspaces.items(), 1):
        await workspace.user_message(ROOM, ALICE, f"<@{BOTS[team]}> how do I get a key?")
        message = await both.message(count)
        assert (message.conversation.workspace, message.text) == (team, "how do I get a key?")
        audience = await both.channel.audience(message)
        assert (audience.workspace, WORKSPACE in audience.grants) == (team, True)
        await both.answer(message, answered(f"In {team}. [1]", TOWN))

    for team, mine in ((ONE, one), (TWO, two)):
        [reply] = mine.messages(ROOM, thread_ts=mine.messages(ROOM)[0]["ts"], from_bot=True)
        assert f"In {team}." in shown(reply)
        assert all(b["unfurl_links"] is False and b["unfurl_media"] is False for b in bodies(mine, "chat.postMessage"))
    assert len(both.kept) == 2


async def test_a_button_and_a_command_reach_the_desk_as_of_their_workspace(both):
    workspace = both.fake.workspaces[TWO]
    await workspace.user_message(ROOM, ALICE, "<@U0BOTTWO> how do I get a key?")
    message = await both.message()
    await both.answer(message, answered("At reception. [1]", TOWN))
    [reply] = workspace.messages(ROOM, thread_ts=message.conversation.thread, from_bot=True)
    assert (await workspace.click(ROOM, reply["ts"], ALICE, "fd_person"))["ok"]
    assert (await workspace.slash_command(ROOM, ALICE, "/frontdesk", "help"))["ok"]
    await until(lambda: both.presses and both.commands)

    assert [p.conversation.workspace for p in both.presses] == [TWO]
    assert [c.conversation.workspace for c in both.commands] == [TWO]


async def test_what_is_said_of_one_workspace_is_told_to_whoever_installed_it_there(both):
    assert both.channel.desk(ONE) == f"{ONE}/{ALICE}"
    assert both.channel.desk("main") == ""
    await both.channel.tell(both.channel.desk(TWO), "**Somebody needs you.**")

    assert [b["channel"] for b in bodies(both.fake.workspaces[TWO], "chat.postMessage")] == [ALICE]
    assert bodies(both.fake.workspaces[ONE], "chat.postMessage") == []
    with pytest.raises(Refused):
        await both.channel.tell("C0GENERAL", "to a room of nobody knows whom")


async def test_an_admin_of_one_workspace_is_none_of_another(both):
    both.fake.workspaces[ONE].users[ALICE]["is_admin"] = True

    assert await both.channel.is_admin(ALICE, ONE)
    assert not await both.channel.is_admin(ALICE, TWO)
    assert not await both.channel.is_admin(ALICE, "T0NOBODY")


async def test_a_file_is_read_with_the_token_of_where_it_was_sent_whatever_its_address_says(two):
    """Somebody in one workspace can add a remote file whose address is a file of another workspace."""
    theirs = two.fake.workspaces[TWO]
    await theirs.upload_file("D0ALICE", ALICE, "salaries.md", "secret", text="kb add")
    secret = (await two.message()).files[0]
    assert (await two.channel.download(secret)) == b"secret"

    stolen = File("salaries.md", secret.url.partition("#")[0], 6)
    for url in (stolen.url, f"{stolen.url}#in={ONE}", f"{stolen.url}#in={TWO}#in={ONE}"):
        with pytest.raises(Refused):
            await two.channel.download(File("salaries.md", url, 6))
    assert not any(e["args"].get("file") for e in two.fake.workspaces[ONE].transcript if e["kind"] == "api")


async def test_nobody_hears_a_workspace_that_does_not_have_the_app(two):
    fake = two.fake
    stranger = fake.add("T0THREE", "U0BOTTHREE")
    await stranger.start()
    await stranger.user_message(ROOM, ALICE, "<@U0BOTTHREE> how do I get a key?")
    await until(lambda: any(e["kind"] == "ack" for e in stranger.transcript))

    assert two.kept == {}
    assert stranger.violations == []


async def test_removing_the_app_erases_that_workspace_alone_in_either_order_of_the_two_events(two, database, erased):
    await two.fake.remove(ONE, "tokens_revoked", "app_uninstalled")
    await until(lambda: erased)
    await until(two.channel._here._erasing[ONE].done)

    assert erased == [ONE]
    assert [one.id for one in await database.read(store.all_installations)] == [TWO]
    assert not two.channel._here.has(ONE)
    await two.fake.workspaces[TWO].user_dm(ALICE, "still here?")
    assert (await two.message()).conversation.workspace == TWO


async def test_the_tokens_are_gone_at_once_also_while_erasing_does_not_work_yet(two, database, erased):
    erased.broken = 1_000
    await two.fake.remove(ONE)
    await until(lambda: erased.broken < 1_000)
    [row] = [one for one in await database.read(store.all_installations) if one.id == ONE]
    assert (row.erasing, row.sealed) == (True, b"")

    erased.broken = 0
    await two.channel._here._look()
    await until(lambda: erased)
    await until(two.channel._here._erasing[ONE].done)
    assert [one.id for one in await database.read(store.all_installations)] == [TWO]


async def test_what_was_not_erased_before_a_crash_is_erased_at_the_next_start(database):
    never = Erased()
    never.broken = 1_000
    async with slacks() as (fake, listen):
        async with working(fake, listen, database, erase=never):
            await Browser(listen).install(fake, ONE)
            await fake.remove(ONE)
        later = Erased()
        async with working(fake, listen, database, erase=later):
            await until(lambda: later)
    assert later == [ONE]


async def test_word_of_an_earlier_removal_does_not_undo_a_new_installation(two, database, erased):
    """Slack repeats an event for minutes: by then the app may have been installed again."""
    await two.fake.remove(ONE)
    await until(lambda: erased)
    assert (await Browser(two.listen).install(two.fake, ONE))[0] == 200
    late = {"type": "event_callback", "team_id": ONE, "event_time": int(time.time()) - 7200,
            "event": {"type": "app_uninstalled"}}  # fmt: skip

    assert (await two.channel._here.deliver(late))[0] == 200
    assert (await two.channel._here.deliver({**late, "event_time": int(time.time())}))[0] == 503  # asked again later
    assert erased == [ONE]
    assert two.channel._here.has(ONE)


async def test_a_new_token_is_used_from_the_moment_that_there_is_one(two):
    workspace = two.fake.workspaces[ONE]
    await workspace.user_dm(ALICE, "before")
    await two.answer(await two.message(), answered("Before. [1]", TOWN))
    await Browser(two.listen).install(two.fake, ONE)
    await workspace.user_dm(ALICE, "after")
    await two.answer(await two.message(2), answered("After. [1]", TOWN))

    assert [e["error"] for e in workspace.transcript if e["kind"] == "api" and not e["ok"]] == []


async def test_tokens_that_expire_are_renewed_before_by_one_worker_alone(database):
    async with slacks() as (fake, listen):
        fake.rotates = True
        async with working(fake, listen, database) as desk:
            await Browser(listen).install(fake, ONE)
            soon = sa.update(installations).values(expires=time.time() + 60, version=installations.c.version + 1)
            await database.write(lambda c: c.execute(soon))
            before, here = fake.workspaces[ONE].bot_token, desk.channel._here
            await here._look()

            assert sorted(await asyncio.gather(*(here.installed.renew(here._served) for _ in range(3)))) == [
                False, False, True,
            ]  # fmt: skip
            await here._look()
            assert fake.workspaces[ONE].bot_token != before
            await fake.workspaces[ONE].user_dm(ALICE, "still here?")
            await desk.answer(await desk.message(), answered("Yes. [1]", TOWN))
            assert not await here.installed.renew(here._served)
        assert len([e for e in fake.transcript if e.get("method") == "oauth.v2.access"]) == 2


async def test_a_worker_hears_of_what_another_has_installed_when_something_arrives_for_it(database):
    """Whichever worker Slack or the balancer chose: nothing is taken for a stranger's and dropped."""
    async with slacks() as (fake, listen), slacks() as (other, elsewhere):
        given = {"api_url": fake.api_url}
        async with working(fake, listen, database), working(other, elsewhere, database, **given) as second:
            assert (await Browser(listen).install(fake, ONE))[0] == 200
            event = {"type": "message", "channel": "D0ALICE", "channel_type": "im", "user": ALICE, "text": "hello",
                     "ts": "1795345200.000100"}  # fmt: skip
            body = json.dumps({"type": "event_callback", "team_id": ONE, "event": event}).encode()
            headers = {"Content-Type": "application/json", **other.sign(body)}
            address = other.request_url
            async with aiohttp.ClientSession() as session, session.post(address, data=body, headers=headers) as r:
                assert r.status == 200
            assert (await second.message()).conversation.workspace == ONE


async def test_an_organisation_installs_the_app_for_all_of_its_workspaces_and_may_take_it_out_of_one(database, erased):
    """Enterprise Grid: one token for many; each workspace is one of its own all the same."""
    async with slacks() as (fake, listen), working(fake, listen, database, erase=erased) as desk:
        fake.organisations["E0ORG"] = ONE
        assert (await Browser(listen).install(fake, "E0ORG"))[0] == 200
        here, workspace = desk.channel._here, fake.workspaces[ONE]
        org = {
            "team_id": ONE,
            "enterprise_id": "E0ORG",
            "type": "event_callback",
            "authorizations": [{"enterprise_id": "E0ORG", "team_id": "E0ORG", "is_enterprise_install": True}],
        }
        said = await workspace.user_message(ROOM, ALICE, "nothing for us")
        event = {"type": "message", "channel": ROOM, "channel_type": "channel", "user": ALICE, "ts": said["ts"],
                 "text": "<@U0BOTONE> how do I get a key?"}  # fmt: skip
        assert (await here.deliver({**org, "event": event}))[0] == 200
        message = await desk.message()
        assert message.conversation.workspace == ONE
        assert (await desk.channel.audience(message)).workspace == ONE
        await desk.channel.alone(ALICE, ONE)
        await desk.answer(message, answered("At reception. [1]", TOWN))
        assert [b.get("team_id") for b in bodies(workspace, "users.conversations")] == [ONE]

        gone = {**org, "team_id": None, "event_time": int(time.time()),
                "event": {"type": "team_access_revoked", "team_ids": [ONE]}}  # fmt: skip
        assert (await here.deliver(gone))[0] == 200
        await until(lambda: erased)
        await until(here._erasing[ONE].done)
        assert [one.id for one in await database.read(store.all_installations)] == ["E0ORG"]


def test_whatever_one_workspaces_slack_can_do_all_of_them_can():
    """A method that is added to the one and forgotten here would silently do nothing."""
    public = {name for name in vars(Channel) if not name.startswith("_") and callable(getattr(Channel, name))}
    own = {name for name in public & set(vars(Slack)) if not hasattr(BaseModel, name)}
    properties = {name for name, value in vars(Slack).items() if name in vars(Channel) and isinstance(value, bool)}

    assert own - set(vars(SlackWorkspaces)) == set()
    assert {n: getattr(SlackWorkspaces, n) for n in properties} == {n: getattr(Slack, n) for n in properties}
    of_one = {"bot_token", "admins", "digest", "answer_bots"}  # ids and a token of one workspace
    assert set(Slack.model_fields) - set(SlackWorkspaces.model_fields) == of_one
