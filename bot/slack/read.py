"""Turns what Slack sends into our values: pure functions, tested with recorded payloads."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any

from bot.channel import Button, Press
from bot.choices import Select
from bot.slack.files import files_of
from engine.types import Addressed, Conversation, Message

Json = Mapping[str, Any]

#: Kinds of messages in which a person says something; all others tell of joins, topics, pins and the like.
_TALK = (None, "", "file_share", "thread_broadcast")
#: What stands in angle brackets; typed ones arrive escaped (docs.slack.dev, "Formatting message text").
_MARKED = re.compile(r"<([^<>]*)>")
#: Ids of the buttons below answers and what they mean.
ACTIONS = {"fd_helpful": "helpful", "fd_not_helpful": "not_helpful", "fd_person": "person"}
#: Those below notices: whether their outcome takes the notice's place, the action, a number that makes them differ.
_NOTICED = re.compile(r"fd(?P<place>[:!])(?P<action>\w+\.[\w.]+):\d+", re.ASCII)
#: All of ours.
OURS = re.compile("|".join([*ACTIONS, _NOTICED.pattern]))


@dataclass(frozen=True, slots=True)
class Me:
    """Who we are in Slack: team id, user id, bot id, and the workspace's address (``https://acme.slack.com/``)."""

    team: str
    user: str
    bot: str
    url: str = ""


@dataclass(frozen=True, slots=True)
class Edited:
    """A person changed what they had said."""

    id: str
    text: str


@dataclass(frozen=True, slots=True)
class Deleted:
    """A person took back what they had said."""

    id: str


@dataclass(frozen=True, slots=True)
class Said:
    """``/frontdesk <name> <text>``; ``trigger`` is the same when Slack delivers it again."""

    name: str
    text: str
    person: str
    room: str
    trigger: str
    response_url: str


def read(
    body: Json,
    me: Me,
    *,
    workspace: str,
    name_of: Callable[[str], str] = lambda _: "",
    programs: Collection[str] = (),
) -> Message | Edited | Deleted | None:
    """What an event means for us; None for all that is not a person's talk.

    ``programs``: ids of bots that are answered where they name us; what they edit or take back stays as it was.

    ``name_of`` gives a person's name for their id, or nothing where it is not known.  An event of a workspace that
    this token does not belong to is none of ours: the app may be installed in others too.
    """
    event = body.get("event") or {}
    team = body.get("context_team_id") or body.get("team_id") or me.team
    if team != me.team or event.get("type") not in ("message", "app_mention"):
        return None
    if event.get("subtype") == "message_changed" and event.get("channel"):
        return _changed(event, me, name_of)
    if event.get("subtype") == "message_deleted" and event.get("channel"):
        before = event.get("previous_message") or {}
        return None if _ours(before, me) else Deleted(_id(me, event, event.get("deleted_ts")))
    program = _ours(event, me)
    if program and not (_is_let(event, me, programs) and _names(event.get("text") or "", me)):
        return None
    if event.get("subtype") not in (*_TALK, *(("bot_message",) if program else ())) or event.get("hidden"):
        return None
    if not (event.get("user") or program) or not event.get("ts") or not event.get("channel"):
        return None
    return _said(event, me, workspace, name_of, program=program)


def _said(event: Json, me: Me, workspace: str, name_of: Callable[[str], str], *, program: bool) -> Message | None:
    room, ts, typed = event["channel"], event["ts"], event.get("text") or ""
    thread = event.get("thread_ts") or ts
    if event.get("channel_type") == "im" or room.startswith("D"):
        addressed = Addressed.DIRECT
    elif _names(typed, me):
        addressed = Addressed.MENTION
    elif thread != ts:
        addressed = Addressed.THREAD
    else:
        return None  # people talking with each other
    return Message(
        id=_id(me, event, ts),
        conversation=Conversation("slack", workspace or me.team, room, thread),
        author=event.get("user") or event["bot_id"],
        text=plain(typed, me, name_of),
        addressed=addressed,
        mentions_others=_names_others(typed, me),
        files=files_of(event),
        handle=ts,
        program=program,
    )


def _changed(event: Json, me: Me, name_of: Callable[[str], str]) -> Edited | Deleted | None:
    """An edit; also unfolded links, and a deleted question that has replies (a tombstone)."""
    now, before = event.get("message") or {}, event.get("previous_message") or {}
    if _ours(now, me) or _ours(before, me):
        return None
    identity = _id(me, event, now.get("ts"))
    if now.get("subtype") == "tombstone":
        return Deleted(identity)
    old, new = (plain(m.get("text") or "", me, name_of) for m in (before, now))
    return Edited(identity, new) if before and old != new else None


def _ours(event: Json, me: Me) -> bool:
    """Said by a program, this one or another: two bots that answer each other never stop."""
    return bool(event.get("bot_id") or event.get("subtype") == "bot_message" or event.get("user") == me.user)


def _is_let(event: Json, me: Me, programs: Collection[str]) -> bool:
    """Whether this program may speak with us: by its bot's, user's or app's id; we ourselves never."""
    if event.get("user") == me.user or event.get("bot_id") == me.bot or not event.get("bot_id"):
        return False
    return any(event.get(name) in programs for name in ("bot_id", "user", "app_id"))


def _id(me: Me, event: Json, ts: Any) -> str:
    """The same for `message` and `app_mention`, which have event ids of their own."""
    return f"{me.team}:{event['channel']}:{ts}"


def _names(typed: str, me: Me) -> bool:
    return f"<@{me.user}>" in typed or f"<@{me.user}|" in typed


def _names_others(typed: str, me: Me) -> bool:
    marks = (m for m in _MARKED.findall(typed) if m.startswith(("@", "!")) and not m.startswith("!date"))
    return any(m.split("|")[0] != f"@{me.user}" for m in marks)


def plain(typed: str, me: Me, name_of: Callable[[str], str] = lambda _: "") -> str:
    """The words as they were typed: our mention out, other marks as what one sees, escapes undone."""
    text = re.sub(rf"[ \t]?<@{re.escape(me.user)}(?:\|[^<>]*)?>[,:]?", "", typed)
    text = _MARKED.sub(lambda m: _shown(m[1], name_of), text)
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&").replace("\x00", "").strip()


def _shown(mark: str, name_of: Callable[[str], str]) -> str:
    """What a person sees where Slack writes ``<mark>``."""
    target, _, label = mark.partition("|")
    if target.startswith("@"):
        return "@" + (label or name_of(target[1:]) or "someone")
    if target.startswith("#"):
        return "#" + (label or "channel")
    if target.startswith("!"):
        if target.startswith("!date"):
            return label
        return label if label.startswith("@") else "@" + (label or target[1:].split("^")[0])
    address = target.removeprefix("mailto:").removeprefix("tel:")
    if not label or label in address:
        return label or address
    return f"{label} ({address})"


def read_command(body: Json) -> Said:
    """A slash command; ``kb`` takes its verb along, no words at all ask for help."""
    words = str(body.get("text") or "").strip().split(maxsplit=1)
    name, rest = (words[0].lower(), words[1] if len(words) > 1 else "") if words else ("help", "")
    if name == "kb" and rest:
        verb, _, rest = rest.partition(" ")
        name = f"kb {verb.lower()}"
    typed = rest.strip().replace("\x00", "")
    typed = _MARKED.sub(lambda m: _shown(m[1], lambda _: ""), typed)
    typed = typed.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
    return Said(
        name,
        typed,
        str(body["user_id"]),
        str(body["channel_id"]),
        str(body.get("trigger_id") or body.get("response_url") or ""),
        str(body.get("response_url") or ""),
    )


def id_of(control: Button | Select, number: int) -> str:
    """The id of a button or a menu below a notice."""
    in_place = isinstance(control, Button) and control.in_place
    return f"fd{'!' if in_place else ':'}{control.action}:{number}"


def takes_place(body: Json) -> bool:
    """Whether what comes of the pressed button takes the place of the notice."""
    return any(str(a.get("action_id")).startswith("fd!") for a in body.get("actions") or [])


def read_press(body: Json, me: Me, *, workspace: str) -> Press | None:
    """A pressed button of ours, and what it belongs to."""
    pressed = next((a for a in body.get("actions") or [] if OURS.fullmatch(str(a.get("action_id")))), None)
    room = (body.get("channel") or {}).get("id") or (body.get("container") or {}).get("channel_id")
    person = (body.get("user") or {}).get("id")
    at_home = (body.get("container") or {}).get("type") == "view"  # the Home tab is in no room
    value = _value_of(pressed) if pressed else ""
    if not pressed or not (room or at_home) or not person or not value:
        return None
    places = (body.get("message") or {}, body.get("container") or {})
    thread = next((p["thread_ts"] for p in places if p.get("thread_ts")), "") or places[1].get("message_ts") or ""
    conversation = Conversation("slack", workspace or me.team, str(room or ""), str(thread))
    noticed = _NOTICED.fullmatch(pressed["action_id"])
    action = noticed["action"] if noticed else ACTIONS[pressed["action_id"]]
    return Press(action, value, str(person), conversation)


def _value_of(pressed: Json) -> str:
    """What a button is about, or what was chosen in a menu; nothing where a choice was taken back."""
    return str(pressed.get("value") or (pressed.get("selected_option") or {}).get("value") or "")
