"""Two companies install the same app: the whole desk between them tells neither what the other has, and forgets one."""

import asyncio
import contextlib
from pathlib import Path

import sqlalchemy as sa

from bot.app import App
from engine.config import load
from engine.store.installations import all_installations
from engine.store.tables import audit, events, passages, turns
from tests.encoders import packaged
from tests.slack.desk import complaints, shown
from tests.slack.several import KEY, ONE, TWO, Browser, slacks

ROOM, ALICE = "C0GENERAL", "U0ALICE"
FLOWERS = {ONE: "Larkspur", TWO: "Foxglove"}


async def until(condition):
    async with asyncio.timeout(90):
        while not (found := condition()):
            await asyncio.sleep(0.02)
    return found


@contextlib.asynccontextmanager
async def desk(folder: Path, fake, listen: str):
    """The desk as `frontdesk run` has it, with the channel connected."""
    file = folder / "frontdesk.toml"
    file.write_text(f"""
[data]
path = "{folder / "var"}"
[model]
use = "none"
[[channels]]
use = "bot.slack.workspaces:SlackWorkspaces"
client_id = "{fake.client_id}"
client_secret = "$SECRET"
token_key = "$KEY"
signing_secret = "$SIGNING"
listen = "{listen}"
public_url = "http://{listen}"
api_url = "{fake.api_url}"
""")
    loaded = load(file, {"SECRET": fake.client_secret, "KEY": KEY, "SIGNING": fake.signing_secret})
    async with App(loaded, serving=True, embedder=packaged()).opened() as app:
        connected = asyncio.Event()
        running = [asyncio.create_task(app.channels[0].run(app.reception, connected.set)),
                   asyncio.create_task(app.tell_people())]  # fmt: skip
        try:
            await asyncio.wait_for(connected.wait(), 60)
            yield app
        finally:
            for task in running:
                task.cancel()
            await asyncio.gather(*running, return_exceptions=True)


async def ask(fake, team: str, text: str) -> str:
    """Ask, and wait for what is said to it."""
    workspace = fake.workspaces[team]
    sent = await workspace.user_message(ROOM, ALICE, f"<@{workspace.bot_user_id}> {text}")
    [reply] = await until(lambda: workspace.messages(ROOM, thread_ts=sent["ts"], from_bot=True))
    return shown(reply)


async def load_document(app: App, folder: Path, team: str) -> None:
    (folder / f"{team}.md").write_text(f"# Parking\n\nThe parking permit number of our company is {FLOWERS[team]}.\n")
    async for _ in app.knowledge.add([f"{team}.md"], workspace=team, folder=folder):
        pass


async def test_each_has_its_own_documents_and_who_leaves_after_a_restart_is_forgotten(tmp_path):
    async with slacks() as (fake, listen):
        async with desk(tmp_path, fake, listen) as app:
            for team in (ONE, TWO):
                assert (await Browser(listen).install(fake, team))[0] == 200
                await load_document(app, tmp_path, team)
            for team, other in ((ONE, TWO), (TWO, ONE)):
                said = await ask(fake, team, "What is the parking permit number?")
                assert FLOWERS[team] in said
                assert FLOWERS[other] not in said
            await ask(fake, TWO, "Who won the chess championship of 1887?")
            handed = await until(
                lambda: [e["args"] for e in fake.workspaces[TWO].transcript
                         if e.get("method") == "chat.postMessage" and e["args"]["channel"] == ALICE]
            )  # fmt: skip
            assert "1887" in str(handed[0]["blocks"])
        async with desk(tmp_path, fake, listen) as app:
            await leave(app, fake)
        for one in (fake, *fake.workspaces.values()):
            assert complaints(one) == []


async def leave(app: App, fake) -> None:
    """The first one removes the app; the second one notices nothing."""
    await fake.remove(ONE)
    async with asyncio.timeout(90):
        while len(await app.database.read(all_installations)) > 1:
            await asyncio.sleep(0.02)
    for table in (events, turns, passages):
        query = sa.select(sa.func.count()).select_from(table)
        assert await app.database.read(lambda c, q=query, t=table: c.scalar(q.where(t.c.workspace == ONE))) == 0
        assert await app.database.read(lambda c, q=query, t=table: c.scalar(q.where(t.c.workspace == TWO))) > 0
    actions = await app.database.read(lambda c: list(c.execute(sa.select(audit.c.action, audit.c.workspace))))
    assert {("app installed", ONE), ("app uninstalled", ONE), ("workspace erased", ONE)} <= {tuple(a) for a in actions}
    assert FLOWERS[TWO] in await ask(fake, TWO, "And what is the parking permit number again?")
