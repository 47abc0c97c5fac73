"""People install the app in their workspace: a state is one browser's and works once, tokens are kept sealed."""

import time

import pytest
import sqlalchemy as sa

from bot.slack.manifest import SCOPES
from bot.slack.sealing import Seal, Unreadable
from bot.slack.workspaces import SlackWorkspaces
from engine.errors import SettingsError
from engine.store import installations as store
from engine.store.database import Database
from engine.store.migrate import migrate
from engine.store.tables import audit, installations, sign_ins
from tests.slack.several import KEY, ONE, TWO, Browser, slacks, working


@pytest.fixture
async def database(tmp_path):
    kept = Database(f"sqlite:///{tmp_path / 'desk.db'}")
    await migrate(kept)
    yield kept
    await kept.close()


async def kept_of(database) -> dict[str, store.Installation]:
    return {one.id: one for one in await database.read(store.all_installations)}


async def test_somebody_installs_the_app_and_is_asked_for_what_the_manifest_says(database):
    async with slacks() as (fake, listen), working(fake, listen, database):
        browser = Browser(listen)
        asked = await browser.begin()

        assert set(asked["scope"].split(",")) == set(SCOPES)
        assert asked["client_id"] == fake.client_id
        assert "HttpOnly" in browser.set_cookie
        assert "SameSite=Lax" in browser.set_cookie
        status, text = await browser.back(asked["state"], fake.approve(ONE, "U0ALICE", asked["redirect_uri"]))
        assert (status, ONE in text) == (200, True)
        assert {id_: (one.bot, one.installer) for id_, one in (await kept_of(database)).items()} == {
            ONE: ("U0BOTONE", "U0ALICE")
        }


async def test_a_state_works_once(database):
    async with slacks() as (fake, listen), working(fake, listen, database):
        browser = Browser(listen)
        asked = await browser.begin()
        cookies = dict(browser.cookies)
        assert (await browser.back(asked["state"], fake.approve(ONE, "U0ALICE", asked["redirect_uri"])))[0] == 200
        browser.cookies = cookies

        assert (await browser.back(asked["state"], fake.approve(TWO, "U0BOB", asked["redirect_uri"])))[0] == 400
        assert set(await kept_of(database)) == {ONE}


async def test_a_state_of_another_browser_installs_nothing_and_is_used_up(database):
    """Else somebody could have others install into a session of theirs (RFC 6749, 10.12)."""
    async with slacks() as (fake, listen), working(fake, listen, database):
        mine, theirs = Browser(listen), Browser(listen)
        asked = await mine.begin()
        await theirs.begin()
        code = fake.approve(ONE, "U0ALICE", asked["redirect_uri"])

        assert (await theirs.back(asked["state"], code))[0] == 400
        assert (await Browser(listen).back(asked["state"], code))[0] == 400
        assert (await mine.back(asked["state"], code))[0] == 400
        assert await kept_of(database) == {}


async def test_a_state_that_is_too_old_or_made_up_installs_nothing(database):
    async with slacks() as (fake, listen), working(fake, listen, database):
        browser = Browser(listen)
        asked = await browser.begin()
        await database.write(lambda c: c.execute(sa.update(sign_ins).values(until=time.time() - 1)))
        code = fake.approve(ONE, "U0ALICE", asked["redirect_uri"])

        for state in (asked["state"], "", "x" * 43, "é" * 43, asked["state"] + "a"):
            assert (await browser.back(state, code))[0] == 400
        assert await kept_of(database) == {}


async def test_whoever_only_means_to_fill_the_disk_is_turned_away_until_theirs_have_run_out(database):
    async with slacks() as (fake, listen), working(fake, listen, database):
        rows = [{"state": str(n), "browser": "x", "until": time.time() + 600} for n in range(1_000)]
        await database.write(lambda c: c.execute(sa.insert(sign_ins), rows))
        assert (await Browser(listen).get("/slack/install"))[0] == 503

        await database.write(lambda c: c.execute(sa.update(sign_ins).values(until=time.time() - 1)))
        assert (await Browser(listen).install(fake, ONE))[0] == 200


async def test_what_slack_refuses_and_what_the_person_declines_installs_nothing(database):
    async with slacks() as (fake, listen), working(fake, listen, database):
        browser = Browser(listen)
        state = (await browser.begin())["state"]
        assert (await browser.get(f"/slack/oauth_redirect?error=access_denied&state={state}"))[0] == 400
        state = (await browser.begin())["state"]
        assert (await browser.back(state, "1.2.made-up"))[0] == 403

        assert await kept_of(database) == {}


async def test_only_the_teams_of_the_settings_may_install_it_and_the_token_of_others_is_given_back(database):
    async with slacks() as (fake, listen), working(fake, listen, database, teams=[ONE]):
        assert (await Browser(listen).install(fake, TWO))[0] == 403
        assert (await Browser(listen).install(fake, ONE))[0] == 200

        assert set(await kept_of(database)) == {ONE}
        assert [e["method"] for e in fake.transcript if e.get("method") == "auth.revoke"] == ["auth.revoke"]


async def test_no_token_stands_in_the_database_or_its_files(database, tmp_path):
    async with slacks() as (fake, listen), working(fake, listen, database):
        fake.rotates = True
        await Browser(listen).install(fake, ONE)
        secrets = [fake.workspaces[ONE].bot_token, *fake._refresh, fake.client_secret]
        await database.wipe()

        assert len(secrets) == 3
        for file in tmp_path.iterdir():
            data = file.read_bytes()
            assert not any(secret.encode() in data or secret.encode("utf-16-le") in data for secret in secrets)
        columns = sa.select(audit.c.actor, audit.c.action, audit.c.workspace)
        rows = await database.read(lambda c: c.execute(columns).all())
        assert ("slack:U0ALICE", "app installed", ONE) in rows


async def test_the_tokens_of_one_workspace_do_not_open_as_anothers(database):
    """Whoever can write to the database cannot make one workspace speak with another's token."""
    async with slacks() as (fake, listen), working(fake, listen, database):
        await Browser(listen).install(fake, ONE)
        await Browser(listen).install(fake, TWO)
    sealed = (await kept_of(database))[ONE].sealed
    await database.write(lambda c: c.execute(sa.update(installations).values(sealed=sealed)))

    async with slacks() as (fake, listen), working(fake, listen, database) as desk:
        assert desk.channel._here.has(ONE)
        assert not desk.channel._here.has(TWO)


async def test_a_start_with_another_key_says_which_setting_is_wrong_and_a_new_key_may_stand_before_the_old(database):
    async with slacks() as (fake, listen):
        async with working(fake, listen, database):
            await Browser(listen).install(fake, ONE)
        with pytest.raises(SettingsError, match="token_key"):
            async with working(fake, listen, database, token_key="f" * 64):
                pass
        async with working(fake, listen, database, token_key="f" * 64 + " " + KEY) as desk:
            assert desk.channel._here.has(ONE)


def test_what_was_sealed_opens_for_its_owner_and_unchanged_alone():
    seal = Seal(KEY)
    sealed = seal.seal(b"xoxb-1 and more than one block of thirty-two bytes", "T1")

    assert seal.open(sealed, "T1") == b"xoxb-1 and more than one block of thirty-two bytes"
    assert Seal("e" * 32 + " " + KEY).open(sealed, "T1")
    assert sealed != seal.seal(b"xoxb-1 and more than one block of thirty-two bytes", "T1")
    for changed in (bytes(b ^ (n == at) for n, b in enumerate(sealed)) for at in range(len(sealed))):
        with pytest.raises(Unreadable):
            seal.open(changed, "T1")
    for wrong in (b"", sealed[:40], sealed[:-1]):
        with pytest.raises(Unreadable):
            seal.open(wrong, "T1")
    with pytest.raises(Unreadable):
        seal.open(sealed, "T2")
    with pytest.raises(Unreadable):
        Seal("d" * 32).open(sealed, "T1")


@pytest.mark.parametrize("key", ["", "short", KEY + " short"])
def test_a_key_that_protects_nothing_is_refused(key):
    with pytest.raises(SettingsError, match="token_key"):
        Seal(key)


@pytest.mark.parametrize(("wrong", "says"), [
    ({"workspace": "acme"}, "workspace"), ({"public_url": "desk.example.com"}, "public_url"),
    ({"signing_secret": ""}, "app_token"), ({"handoff": "C0ROOM"}, "installer"),
])  # fmt: skip
def test_settings_that_cannot_work_are_refused_with_what_to_write(wrong, says):
    right = {"client_id": "1.2", "client_secret": "s", "token_key": KEY, "public_url": "https://desk.example.com",
             "signing_secret": "0" * 32}  # fmt: skip
    SlackWorkspaces(**right)
    with pytest.raises(ValueError, match=says):
        SlackWorkspaces(**right | wrong)
