"""Before anybody talks: settings, manifest, and what doctor finds."""

import json

import pytest
from pydantic import ValidationError

from bot.slack import Slack
from bot.slack.manifest import SCOPES, manifest
from tests.stand_ins.fake_slack import ALL_SCOPES, FakeSlack


def slack(fake: FakeSlack, **settings) -> Slack:
    given = {"bot_token": fake.bot_token, "app_token": fake.app_token, "api_url": fake.api_url, **settings}
    return Slack(**given)


async def findings(fake: FakeSlack, **settings) -> dict[str, str]:
    """What does not work, with its advice."""
    channel = slack(fake, **settings)
    try:
        return {f.what: f.advice for f in await channel.check() if not f.works}
    finally:
        await channel.close()


async def test_doctor_finds_everything_working(fake):
    assert await findings(fake) == {}


async def test_doctor_names_the_scopes_that_are_missing_and_what_they_are_for(fake):
    fake.set_scopes(sorted(ALL_SCOPES - {"groups:read", "users:read"}))
    [(what, advice)] = (await findings(fake)).items()

    assert what == "slack scopes"
    assert "groups:read (seeing who is in private channels)" in advice
    assert "users:read (knowing guests and admins)" in advice
    assert "install the app again" in advice


@pytest.mark.parametrize(("setting", "wrong", "where"), [
    ("bot_token", "xoxb-0-0-wrong", "OAuth & Permissions"), ("app_token", "xapp-0-0-wrong", "App-Level Tokens"),
])  # fmt: skip
async def test_doctor_says_where_a_right_token_is_found_and_shows_none(fake, setting, wrong, where):
    [(what, advice)] = (await findings(fake, **{setting: wrong})).items()

    assert setting in what
    assert where in advice
    assert wrong not in what + advice


async def test_doctor_knows_when_slack_does_not_answer(fake):
    found = await findings(fake, api_url="http://127.0.0.1:9/")
    assert "api_url" in found["slack"]


async def test_doctor_looks_at_the_signing_secret_in_http_mode(fake):
    assert await findings(fake, app_token="", signing_secret=fake.signing_secret) == {}
    assert "Basic Information" in (await findings(fake, app_token="", signing_secret="short"))["slack signing_secret"]


def test_one_way_in_is_needed():
    with pytest.raises(ValidationError, match="app_token"):
        Slack(bot_token="xoxb-1")


def test_tokens_are_not_shown_with_the_settings():
    channel = Slack(bot_token="xoxb-secret", app_token="xapp-secret", signing_secret="s3cret")
    assert "secret" not in repr(channel).replace("signing_secret", "").replace("SecretStr", "")


def test_the_manifest_asks_for_what_the_code_uses_and_no_more():
    app = manifest()

    assert app["oauth_config"]["scopes"]["bot"] == sorted(SCOPES)
    assert set(app["settings"]["event_subscriptions"]["bot_events"]) == {
        "app_home_opened", "app_mention", "message.channels", "message.groups", "message.im", "message.mpim",
        "reaction_added", "reaction_removed",
    }  # fmt: skip
    assert app["features"]["slash_commands"][0]["command"] == "/frontdesk"
    assert app["settings"]["socket_mode_enabled"]
    assert "YOUR-HOST" not in json.dumps(app)


def test_the_manifest_for_http_says_where_events_commands_and_buttons_go():
    address = "https://desk.example.com/slack/events"
    app = manifest(socket_mode=False, request_url=address)

    assert not app["settings"]["socket_mode_enabled"]
    assert json.dumps(app).count(address) == 3


async def test_everything_works_with_the_scopes_of_the_manifest_alone():
    """Every call of ours, under the scopes that we ask for."""
    from tests.slack.desk import TOWN, answered, working

    async with FakeSlack(scopes=set(SCOPES), commands={"/frontdesk"}) as fake, working(fake) as desk:
        await fake.user_message("C0GENERAL", "U0ALICE", "<@U0BOT> hello")
        message = await desk.message()
        await desk.channel.audience(message)
        await desk.channel.is_admin("U0ALICE", "T0TEAM")
        await desk.answer(message, answered("Hello. [1]", TOWN), again=True)
        await desk.channel.tell("U0BOB", await desk.channel.link(message))
        await fake.user_dm("U0ALICE", "and here?")
        direct = await desk.message(2)
        await desk.channel.audience(direct)
        await desk.channel.withdraw(desk.post(message))

        assert [e for e in fake.transcript if e["kind"] == "api" and not e["ok"]] == []
