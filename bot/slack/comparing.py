"""Compares the app as Slack has it with the manifest that the code needs: scopes, events, commands, switches."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from bot.channel import Finding
from bot.slack.api import Api, SlackRefused
from bot.slack.manifest import ANYWHERE
from engine.errors import Refused, Unavailable

Json = Mapping[str, Any]

#: The environment variable with an app configuration token: it lives for twelve hours, so it stands in no settings.
CONFIG_TOKEN = "SLACK_CONFIG_TOKEN"  # noqa: S105 - the name of a variable, not a token
#: The one with the app's id, where no token tells it.
APP_ID = "SLACK_APP_ID"
_WHERE = "api.slack.com/apps"
_SECONDS = 10.0
#: Switches, and what they are called on Slack's pages.
_SWITCHES = {
    "settings.socket_mode_enabled": "Socket Mode",
    "settings.interactivity.is_enabled": "Interactivity & Shortcuts",
    "features.app_home.home_tab_enabled": "App Home > Home Tab",
    "features.app_home.messages_tab_enabled": "App Home > Messages Tab",
    "settings.token_rotation_enabled": "OAuth & Permissions > token rotation",
    "settings.org_deploy_enabled": "Org Level Apps",
}
#: Where Slack sends what, and what that is called there.
_REQUESTS = {
    "settings.event_subscriptions.request_url": "Event Subscriptions > Request URL",
    "settings.interactivity.request_url": "Interactivity & Shortcuts > Request URL",
}


async def compare(api: Api, wanted: Json, *, app_token: str, config_token: str, app_id: str | None = None) -> Finding:
    """One finding; what Slack does not tell without a configuration token is said, and is no fault.

    ``app_id``: the app's, where nobody else says which it is (empty: it was not given); None: Slack is asked.
    """
    what = "slack app manifest"
    if not config_token:
        return Finding(
            what,
            works=True,
            advice=(
                "not compared: Slack tells its events, commands and switches only to a configuration token; generate "
                f"one at {_WHERE} > Your App Configuration Tokens and run {CONFIG_TOKEN}=... frontdesk doctor"
            ),
        )
    if app_id == "":
        return Finding(
            what, works=True, advice=f"not compared: run {APP_ID}=A0... {CONFIG_TOKEN}=... frontdesk doctor (the id "
            f"stands at {_WHERE} > Basic Information)",
        )  # fmt: skip
    try:
        app = app_id or await _app_id(api, app_token)
        said = await api.call("apps.manifest.export", token=config_token, app_id=app, patience_s=_SECONDS)
    except (Refused, Unavailable) as e:
        word = e.error if isinstance(e, SlackRefused) else str(e)
        return Finding(
            what,
            works=False,
            advice=f"it could not be read with {CONFIG_TOKEN} ({word}): generate a new one at {_WHERE}",
        )
    differs = list(differences(wanted, said.get("manifest") or {}))
    if not differs:
        return Finding(f"{what}: scopes, events, commands, shortcuts, switches", works=True)
    advice = "; ".join(differs)
    return Finding(
        what, works=False, advice=f"{advice}: change it at {_WHERE} > App Manifest and install the app again"
    )


def differences(wanted: Json, has: Json) -> Iterator[str]:
    """What is missing in the app, in words; what it has beyond that is nobody's trouble but for scopes."""
    for path, words in {"oauth_config.scopes.bot": "scopes", "settings.event_subscriptions.bot_events": "events",
                        "oauth_config.redirect_urls": "redirect URLs"}.items():  # fmt: skip
        if missing := sorted(set(_at(wanted, path) or ()) - set(_at(has, path) or ())):
            yield f"{words} are missing: {', '.join(missing)}"
    if unused := sorted(
        set(_at(has, "oauth_config.scopes.bot") or ()) - set(_at(wanted, "oauth_config.scopes.bot") or ())
    ):
        yield f"scopes are not needed: {', '.join(unused)}"
    for path, key, words in (
        ("features.slash_commands", "command", "commands"),
        ("features.shortcuts", "callback_id", "shortcuts"),
    ):
        theirs = {row.get(key) for row in _at(has, path) or ()}
        if missing := [row[key] for row in _at(wanted, path) or () if row[key] not in theirs]:
            yield f"{words} are missing: {', '.join(missing)}"
    yield from _addresses(wanted, has)
    for path, name in _SWITCHES.items():
        if _at(wanted, path) is not None and bool(_at(has, path)) != bool(_at(wanted, path)):
            yield f"{name} is {'off' if _at(wanted, path) else 'on'}"
    if _at(has, "features.app_home.messages_tab_read_only_enabled"):
        yield "people cannot write in the Messages Tab"
    if _at(wanted, "features.agent_view") and not (
        _at(has, "features.agent_view") or _at(has, "features.assistant_view")
    ):
        yield "neither agent_view nor assistant_view is there"
    if not _at(has, "settings.socket_mode_enabled") and not _at(has, "settings.event_subscriptions.request_url"):
        yield "events are sent nowhere: no request URL"


def _addresses(wanted: Json, has: Json) -> Iterator[str]:
    """Request URLs that are others, where it is known which are right."""
    theirs = {row.get("command"): row for row in _at(has, "features.slash_commands") or ()}
    places = [(words, _at(wanted, path), _at(has, path)) for path, words in _REQUESTS.items()]
    places += [
        (f"Slash Commands > {row['command']}", row.get("url"), theirs[row["command"]].get("url"))
        for row in _at(wanted, "features.slash_commands") or ()
        if row["command"] in theirs
    ]
    for words, right, found in places:
        if right and ANYWHERE not in right and found != right:
            yield f"{words} is {found or 'empty'}, not {right}"


def _at(table: Any, path: str) -> Any:
    for name in path.split("."):
        table = table.get(name) if isinstance(table, Mapping) else None
    return table


async def _app_id(api: Api, app_token: str) -> str:
    """The app's id: it stands in an app-level token (xapp-1-A0...-...); else Slack is asked whose bot we are."""
    parts = app_token.split("-")
    if len(parts) > 2 and parts[2].startswith("A"):
        return parts[2]
    me = await api.call("auth.test", patience_s=_SECONDS)
    said = await api.call("bots.info", bot=me.get("bot_id"), patience_s=_SECONDS)
    return str((said.get("bot") or {}).get("app_id") or "")
