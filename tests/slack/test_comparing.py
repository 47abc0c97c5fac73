"""`frontdesk doctor` compares the app with the manifest, or says what Slack does not tell."""

import copy

import pytest
from aiohttp import web

from bot.slack import Slack
from bot.slack.comparing import APP_ID, CONFIG_TOKEN, differences
from bot.slack.manifest import SCOPES, manifest
from bot.slack.workspaces import SlackWorkspaces
from tests.slack.several import KEY
from tests.stand_ins.fake_slack import FakeSlack

CONFIG = "xoxe.xoxp-1-config"


class Configured(FakeSlack):
    """Slack with the app's own page behind it (docs.slack.dev, "apps.manifest.export")."""

    def __init__(self, **given):
        super().__init__(**given)
        self.has = manifest()

    async def _on_api(self, request: web.Request) -> web.StreamResponse:
        if request.match_info["method"] != "apps.manifest.export":
            return await super()._on_api(request)
        if request.headers.get("Authorization") != f"Bearer {CONFIG}":
            return web.json_response({"ok": False, "error": "invalid_auth"})
        if (await request.post()).get("app_id") != self.app_id:
            return web.json_response({"ok": False, "error": "app_not_found"})
        return web.json_response({"ok": True, "manifest": {"_metadata": {"major_version": 1}, **self.has}})


@pytest.fixture
async def app(monkeypatch):
    monkeypatch.setenv(CONFIG_TOKEN, CONFIG)
    async with Configured() as fake:
        yield fake


async def finding(fake, **settings):
    """What is said of the manifest."""
    way = settings or {"app_token": fake.app_token}
    channel = Slack(bot_token=fake.bot_token, api_url=fake.api_url, **way)
    try:
        [found] = [f for f in await channel.check() if "manifest" in f.what]
    finally:
        await channel.close()
    return found


async def test_an_app_as_the_manifest_has_it_is_fine(app):
    assert (await finding(app)).works
    app.has = manifest(socket_mode=False)
    assert (await finding(app, signing_secret=app.signing_secret)).works  # here Slack is asked which app it is


async def test_what_is_missing_is_named(app):
    app.has["settings"]["event_subscriptions"]["bot_events"].remove("message.groups")
    app.has["oauth_config"]["scopes"]["bot"].remove("groups:read")
    app.has["settings"]["interactivity"]["is_enabled"] = False
    found = await finding(app)

    assert not found.works
    for words in ("events are missing: message.groups", "scopes are missing: groups:read",
                  "Interactivity & Shortcuts is off", "install the app again"):  # fmt: skip
        assert words in found.advice


async def test_without_a_configuration_token_it_is_said_what_slack_does_not_tell(app, monkeypatch):
    monkeypatch.delenv(CONFIG_TOKEN)
    found = await finding(app)

    assert found.works
    assert CONFIG_TOKEN in found.advice
    assert "events" in found.advice


async def test_a_configuration_token_that_has_expired_says_where_to_get_one_and_is_not_shown(app, monkeypatch):
    monkeypatch.setenv(CONFIG_TOKEN, "xoxe.xoxp-expired")
    found = await finding(app)

    assert not found.works
    assert "api.slack.com/apps" in found.advice
    assert "xoxe.xoxp-expired" not in found.advice


async def test_an_app_for_several_workspaces_needs_more(app):
    channel = SlackWorkspaces(client_id="1.2", client_secret="s", token_key=KEY, public_url="https://desk.example.com",
                              app_token=app.app_token, api_url=app.api_url)  # fmt: skip
    lacking = next(f for f in await channel.check() if "manifest" in f.what)
    app.has = manifest(redirect_url="https://desk.example.com/slack/oauth_redirect")
    whole = next(f for f in await channel.check() if "manifest" in f.what)
    await channel.close()

    assert whole.works
    for words in ("app_uninstalled, team_access_revoked, tokens_revoked", "/slack/oauth_redirect", "token rotation"):
        assert words in lacking.advice


async def test_an_app_for_several_workspaces_over_http_says_where_slack_is_to_send_everything(app, monkeypatch):
    here = "https://desk.example.com"
    channel = SlackWorkspaces(client_id="1.2", client_secret="s", token_key=KEY, public_url=f"{here}/",
                              signing_secret=app.signing_secret, api_url=app.api_url)  # fmt: skip

    async def found():
        return next(f for f in await channel.check() if "manifest" in f.what)

    unknown = await found()
    monkeypatch.setenv(APP_ID, app.app_id)
    app.has = manifest(socket_mode=False, request_url="https://old.example.com/slack/events",
                       redirect_url=f"{here}/slack/oauth_redirect")  # fmt: skip
    moved = await found()
    app.has = manifest(socket_mode=False, request_url=f"{here}/slack/events",
                       redirect_url=f"{here}/slack/oauth_redirect")  # fmt: skip
    whole = await found()
    await channel.close()

    assert unknown.works
    assert APP_ID in unknown.advice
    assert whole.works, whole.advice
    assert not moved.works
    assert moved.advice.count("is https://old.example.com/slack/events, not https://desk.example.com/slack/events") == 3


def changed(path: str, value) -> dict:
    """The manifest with one thing otherwise."""
    app = copy.deepcopy(manifest())
    *way, last = path.split(".")
    table = app
    for name in way:
        table = table[name]
    table[last] = value
    return app


@pytest.mark.parametrize(("path", "value", "said"), [
    ("features.slash_commands", [], "commands are missing: /frontdesk"),
    ("features.shortcuts", [], "shortcuts are missing: fd_ask, fd_answer, fd_keep"),
    ("features.agent_view", None, "neither agent_view nor assistant_view"),
    ("features.app_home.messages_tab_enabled", False, "Messages Tab is off"),
    ("features.app_home.messages_tab_read_only_enabled", True, "cannot write"),
    ("settings.socket_mode_enabled", False, "Socket Mode is off"),
    ("oauth_config.scopes.bot", [*SCOPES, "files:write"], "not needed: files:write"),
])  # fmt: skip
def test_each_difference_is_said_in_words(path, value, said):
    assert any(said in words for words in differences(manifest(), changed(path, value)))


def test_the_older_view_of_an_assistant_will_do():
    app = changed("features.agent_view", None)
    app["features"]["assistant_view"] = {"assistant_description": "x"}

    assert list(differences(manifest(), app)) == []


@pytest.mark.parametrize("nonsense", [{}, {"settings": None}, {"features": {"slash_commands": None}}])
def test_an_empty_app_lacks_everything_and_breaks_nothing(nonsense):
    assert len(list(differences(manifest(), nonsense))) > 5
