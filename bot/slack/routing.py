"""Which workspace something from Slack is for, where one app is installed in many: pure functions."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

Json = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Left:
    """The app was removed from these, or its tokens there were revoked; ``at``: when, in seconds since 1970."""

    ids: tuple[str, ...]
    at: float


def teams_of(body: Json, bots: Mapping[str, str]) -> list[str]:
    """The workspaces that it may be for, the surest first; ``bots`` gives the workspace of each of our users.

    In a channel that organisations share (Slack Connect) Slack delivers a message once, for any one of those that have
    the app: whoever is named in it is meant, and a button belongs to whoever posted it.
    """
    return list(dict.fromkeys(str(team) for team in _teams(body, bots) if team and str(team).startswith("T")))


def organisations_of(body: Json) -> list[str]:
    """The organisations (Enterprise Grid) whose installation it may be for."""
    return list(dict.fromkeys(str(one) for one in _organisations(body) if one and str(one).startswith("E")))


def left(body: Json) -> Left | None:
    """Whether it says that somebody has removed the app, or its tokens; None for anything else.

    The two events of one removal come in any order (docs.slack.dev, "app_uninstalled").
    """
    event = _table(body.get("event"))
    at = float(body.get("event_time") or 0)
    match event.get("type"):
        case "app_uninstalled":
            pass
        case "tokens_revoked":
            if not _table(event.get("tokens")).get("bot"):
                return None  # of people; we hold none
        case "team_access_revoked":  # an organisation has taken the app out of some of its workspaces
            return Left(tuple(str(team) for team in event.get("team_ids") or ()), at)
        case _:
            return None
    everywhere = any(_table(a).get("is_enterprise_install") for a in body.get("authorizations") or ())
    organisation = body.get("enterprise_id")
    id_ = organisation if organisation and (everywhere or not body.get("team_id")) else body.get("team_id")
    return Left((str(id_),) if id_ else (), at)


def _teams(body: Json, bots: Mapping[str, str]) -> Iterator[Any]:
    event = _table(body.get("event"))
    if body.get("is_ext_shared_channel"):
        typed = str(event.get("text") or "")
        yield from (team for bot, team in bots.items() if f"<@{bot}>" in typed or f"<@{bot}|" in typed)
    yield bots.get(str(_table(body.get("message")).get("user")))
    yield _table(body.get("view")).get("app_installed_team_id")
    yield body.get("context_team_id")
    yield from (_table(a).get("team_id") for a in body.get("authorizations") or ())
    team = body.get("team")
    yield team.get("id") if isinstance(team, Mapping) else team
    yield body.get("team_id")
    yield _table(body.get("user")).get("team_id")
    yield _table(body.get("view")).get("team_id")


def _organisations(body: Json) -> Iterator[Any]:
    yield body.get("context_enterprise_id")
    yield from (_table(a).get("enterprise_id") for a in body.get("authorizations") or ())
    organisation = body.get("enterprise")
    yield organisation.get("id") if isinstance(organisation, Mapping) else organisation
    yield body.get("enterprise_id")
    yield _table(body.get("team")).get("enterprise_id")


def _table(value: Any) -> Json:
    return value if isinstance(value, Mapping) else {}
