"""What `frontdesk init` writes into the settings for Slack, and what it says to do at Slack."""

from __future__ import annotations

from urllib.parse import urlsplit

import orjson

from bot.slack.http import PATH
from bot.slack.install import BACK, BEGIN
from bot.slack.manifest import ASSISTANT_EVENT, ASSISTANT_VIEW, manifest
from engine.errors import FrontdeskError


def address_of(typed: str) -> str:
    """Where people and Slack reach the desk, as in https://desk.example.com; raises ``FrontdeskError`` for less."""
    address = typed.strip().rstrip("/")
    parts = urlsplit(address)
    if parts.scheme != "https" or not parts.hostname or parts.path or parts.query or parts.fragment:
        raise FrontdeskError(
            f"{typed!r} is no address that Slack can send to: write one as https://desk.example.com, without a path"
        )
    return address


def settings(workspace: str, address: str = "") -> list[str]:
    """The channel's lines; with an ``address``, of an app that several workspaces install."""
    if address:
        return [
            "",
            "[[channels]]",
            'use = "bot.slack.workspaces:SlackWorkspaces"',
            'client_id = "$SLACK_CLIENT_ID"',
            'client_secret = "$SLACK_CLIENT_SECRET"',
            'signing_secret = "$SLACK_SIGNING_SECRET"',
            'token_key = "$FRONTDESK_TOKEN_KEY"',
            f"public_url = {orjson.dumps(address).decode()}",
            'listen = "127.0.0.1:3000"',
        ]
    return [
        "",
        "[[channels]]",
        'use = "bot.slack:Slack"',
        f"workspace = {orjson.dumps(workspace).decode()}",
        'bot_token = "$SLACK_BOT_TOKEN"',
        'app_token = "$SLACK_APP_TOKEN"',
    ]


def steps(address: str = "") -> str:
    """What to do at Slack, with the manifest."""
    begin = 'Slack: create an app "from a manifest" at api.slack.com/apps with this one'
    if address:
        app = manifest(socket_mode=False, request_url=address + PATH, redirect_url=address + BACK)
        first = (
            f"{begin}, activate public distribution\n"
            "(Manage Distribution; for the workspaces of one organisation it is not needed), then\n"
            "  export SLACK_CLIENT_ID=...        (Basic Information)\n"
            "  export SLACK_CLIENT_SECRET=...    (Basic Information)\n"
            "  export SLACK_SIGNING_SECRET=...   (Basic Information)\n"
            "  export FRONTDESK_TOKEN_KEY=...    (openssl rand -hex 32; keep it: it opens the workspaces' tokens)\n"
            f"Let {address} lead to 127.0.0.1:3000, start `frontdesk run`, and have Slack verify the address under\n"
            f"Event Subscriptions.  People then install it at {address}{BEGIN}.\n"
        )
    else:
        app = manifest()
        first = (
            f"{begin}, install it, then\n"
            "  export SLACK_BOT_TOKEN=xoxb-...   (OAuth & Permissions)\n"
            "  export SLACK_APP_TOKEN=xapp-...   (Basic Information, App-Level Tokens, scope connections:write)\n"
        )
    view = orjson.dumps({"assistant_view": ASSISTANT_VIEW}).decode()
    return (
        f"{first}\n{orjson.dumps(app, option=orjson.OPT_INDENT_2).decode()}\n\n"
        "Where Slack does not know agent_view, write this in its place, and "
        f"{ASSISTANT_EVENT} among the bot_events:\n  {view[1:-1]}"
    )
