"""What the Slack app needs: scopes, events and the rest of its manifest, and the checks that say what is missing."""

from __future__ import annotations

from typing import Any

from bot.channel import Finding
from bot.slack.api import Api, SlackRefused
from bot.slack.gestures import ANSWER, ASK, CORRECT, KEEP
from bot.slack.http import PATH
from engine.errors import Refused, Unavailable

#: Each scope and what would not work without it.
SCOPES = {
    "app_mentions:read": "hearing its name",
    "assistant:write": "being an agent of Slack's, and suggesting questions",
    "channels:history": "following threads in public channels",
    "channels:read": "seeing who is in public channels",
    "chat:write": "answering",
    "commands": "/frontdesk",
    "files:read": "loading files that an admin sends",
    "groups:history": "following threads in private channels",
    "groups:read": "seeing who is in private channels",
    "im:history": "direct messages",
    "im:read": "knowing direct messages from rooms",
    "im:write": "writing to a person: hand-offs, how a load goes, answers for them alone",
    "mpim:history": "following threads in group messages",
    "mpim:read": "seeing who is in group messages",
    "reactions:read": "reactions that mean helpful, or not",
    "users:read": "knowing guests and admins",
}
EVENTS = (
    "app_home_opened",
    "app_mention",
    "message.channels",
    "message.groups",
    "message.im",
    "message.mpim",
    "reaction_added",
    "reaction_removed",
)
#: What stands in the menus of Slack and of each message: id, name, description, kind.
_SHORTCUTS = (
    (ASK, "Ask the front desk", "Ask a question, answered to you alone", "global"),
    (ANSWER, "Answer this", "Have this message answered from the documents", "message"),
    (KEEP, "Add to knowledge base", "Keep this as an answer (admins)", "message"),
    (CORRECT, "Correct this", "Write what is right in place of this answer (admins)", "message"),
)
#: Questions to begin with, until people have asked some of their own (docs.slack.dev, app manifest reference).
_FIRST = ({"title": "What can you do?", "message": "help"}, {"title": "你能做什么？", "message": "帮助"})
_DESCRIPTION = (
    "Answers from your organisation's own documents, with the sources; hands over to a person what it cannot."
)
#: Where a workspace does not know ``agent_view`` yet: what stands in its place, and the event that it needs.
ASSISTANT_VIEW = {"assistant_description": _DESCRIPTION, "suggested_prompts": list(_FIRST)}
ASSISTANT_EVENT = "assistant_thread_started"
#: What an app for several workspaces hears of: it was removed somewhere.
LEAVING = ("app_uninstalled", "team_access_revoked", "tokens_revoked")
#: Stands for a host that is not known.
ANYWHERE = "YOUR-HOST"
_APPS = "api.slack.com/apps"
_SECONDS = 10.0


def manifest(
    *, socket_mode: bool = True, request_url: str = f"https://{ANYWHERE}{PATH}", redirect_url: str = ""
) -> dict[str, Any]:
    """The app manifest to paste at api.slack.com/apps > Create New App > From a manifest.

    ``request_url`` is where Slack reaches the ``listen`` address, in HTTP mode only; ``redirect_url`` where it sends
    people back who install the app in their workspace, of an app for several.
    """
    command = {
        "command": "/frontdesk",
        "description": "Ask the front desk, or see what it can do",
        "usage_hint": "ask <question> | why | help | kb list",
        "should_escape": True,
    }
    settings: dict[str, Any] = {
        "event_subscriptions": {"bot_events": [*EVENTS, *(LEAVING if redirect_url else ())]},
        "interactivity": {"is_enabled": True},
        "org_deploy_enabled": bool(redirect_url),
        "socket_mode_enabled": socket_mode,
        "token_rotation_enabled": bool(redirect_url),
    }
    if not socket_mode:
        command["url"] = request_url
        settings["event_subscriptions"]["request_url"] = request_url
        settings["interactivity"]["request_url"] = request_url
    return {
        "display_information": {
            "name": "Frontdesk",
            "description": "Answers from your organisation's own documents, with the sources",
            "background_color": "#1f4e5f",
        },
        "features": {
            "agent_view": {"agent_description": _DESCRIPTION, "suggested_prompts": list(_FIRST)},
            "app_home": {
                "home_tab_enabled": True,
                "messages_tab_enabled": True,
                "messages_tab_read_only_enabled": False,
            },
            "bot_user": {"display_name": "Frontdesk", "always_online": True},
            "shortcuts": [
                {"callback_id": id_, "name": name, "description": description, "type": kind}
                for id_, name, description, kind in _SHORTCUTS
            ],
            "slash_commands": [command],
        },
        "oauth_config": {
            **({"redirect_urls": [redirect_url]} if redirect_url else {}),
            "scopes": {"bot": sorted(SCOPES)},
        },
        "settings": settings,
    }


async def check(api: Api, *, app_token: str, signing_secret: str) -> list[Finding]:
    """Try the tokens and compare the scopes; what does not work comes with advice and without the token."""
    found = [await _bot(api)]
    if not found[0].works:
        return found
    missing = sorted(set(SCOPES) - api.scopes) if api.scopes else []
    advice = "; ".join(f"{s} ({SCOPES[s]})" for s in missing)
    where = f"add them at {_APPS} > OAuth & Permissions and install the app again"
    found.append(Finding("slack scopes", not missing, f"these are missing: {advice}: {where}" if missing else ""))
    found.append(await check_way_in(api, app_token=app_token, signing_secret=signing_secret))
    return found


async def check_way_in(api: Api, *, app_token: str, signing_secret: str) -> Finding:
    """Try Socket Mode, or look at the secret that signs what comes over HTTP."""
    if app_token:
        return await _socket(api, app_token)
    right = len(signing_secret) == 32 and signing_secret.isalnum()
    advice = f"signing_secret has 32 letters and digits: copy it from {_APPS} > Basic Information"
    return Finding("slack signing_secret", right, "" if right else advice)


async def _bot(api: Api) -> Finding:
    try:
        said = await api.call("auth.test", patience_s=_SECONDS)
    except SlackRefused:
        advice = f"Slack does not know it: copy the Bot User OAuth Token (xoxb-) from {_APPS} > OAuth & Permissions"
        return Finding("slack bot_token", works=False, advice=advice)
    except Unavailable:
        return Finding("slack", works=False, advice="Slack does not answer: is api_url right, is there a way out?")
    return Finding(f"slack bot_token ({said.get('user')} in {said.get('team')})", works=True)


async def _socket(api: Api, app_token: str) -> Finding:
    try:
        await api.call("apps.connections.open", token=app_token, patience_s=_SECONDS)
    except (Refused, Unavailable) as e:
        advice = (
            f"Slack refuses it: make an app-level token (xapp-) with the scope connections:write at {_APPS} > Basic "
            f"Information > App-Level Tokens, and switch Socket Mode on"
            if isinstance(e, Refused)
            else "Slack does not answer"
        )
        return Finding("slack app_token", works=False, advice=advice)
    return Finding("slack app_token (Socket Mode)", works=True)
