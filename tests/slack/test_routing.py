"""Which of several workspaces something is for, from payloads as Slack documents them."""

import pytest

from bot.slack.routing import Left, left, organisations_of, teams_of
from bot.slack.tagged import tagged, untagged
from engine.types import File

BOTS = {"U0BOTONE": "T0ONE", "U0BOTTWO": "T0TWO"}
GRID = {"type": "event_callback", "team_id": "T0GRID", "enterprise_id": "E0ORG", "context_team_id": "T0GRID",
        "context_enterprise_id": "E0ORG", "event": {"type": "message", "text": "hello"},
        "authorizations": [{"enterprise_id": "E0ORG", "team_id": "E0ORG", "is_enterprise_install": True}]}  # fmt: skip


def connected(text: str) -> dict:
    """A message in a channel of two organisations: Slack delivers it once, here for the first of them."""
    return {"type": "event_callback", "team_id": "T0TWO", "context_team_id": "T0ONE", "is_ext_shared_channel": True,
            "event": {"type": "message", "text": text, "user_team": "T0TWO"},
            "authorizations": [{"team_id": "T0ONE", "is_bot": True}]}  # fmt: skip


def test_in_a_shared_channel_whoever_is_named_is_meant_and_else_whoever_it_was_delivered_for():
    assert teams_of(connected("<@U0BOTTWO> hello"), BOTS)[0] == "T0TWO"
    assert teams_of(connected("<@U0BOTTWO|desk> hello"), BOTS)[0] == "T0TWO"
    assert teams_of(connected("<@U0BOTONE> hello"), BOTS)[0] == "T0ONE"
    assert teams_of(connected("hello"), BOTS)[0] == "T0ONE"


def test_in_a_channel_of_one_organisation_the_name_of_another_workspaces_bot_means_nothing():
    body = connected("<@U0BOTTWO> hello") | {"is_ext_shared_channel": False}

    assert teams_of(body, BOTS)[0] == "T0ONE"


def test_a_button_belongs_to_whoever_posted_it_also_where_a_partner_presses_it():
    pressed = {"type": "block_actions", "team": {"id": "T0TWO"}, "user": {"id": "U0PARTNER", "team_id": "T0TWO"},
               "message": {"user": "U0BOTONE"}}  # fmt: skip

    assert teams_of(pressed, BOTS)[0] == "T0ONE"


def test_a_form_belongs_to_where_the_app_is_installed():
    sent = {"type": "view_submission", "team": {"id": "T0TWO"}, "view": {"app_installed_team_id": "T0ONE"}}

    assert teams_of(sent, BOTS)[0] == "T0ONE"


def test_a_workspace_of_an_organisation_is_named_and_so_is_the_organisation():
    assert teams_of(GRID, {}) == ["T0GRID"]
    assert organisations_of(GRID) == ["E0ORG"]
    pressed = {"team": None, "enterprise": {"id": "E0ORG"}, "user": {"id": "U1", "team_id": "T0GRID"}}
    assert (teams_of(pressed, {}), organisations_of(pressed)) == (["T0GRID"], ["E0ORG"])
    command = {"command": "/frontdesk", "team_id": "T0GRID", "enterprise_id": "E0ORG", "user_id": "U1"}
    assert (teams_of(command, {}), organisations_of(command)) == (["T0GRID"], ["E0ORG"])


@pytest.mark.parametrize(("body", "ids"), [
    ({"team_id": "T0ONE", "event": {"type": "app_uninstalled"}}, ("T0ONE",)),
    ({"team_id": "T0ONE", "event": {"type": "tokens_revoked", "tokens": {"bot": ["U0BOT"]}}}, ("T0ONE",)),
    ({"team_id": None, "enterprise_id": "E0ORG", "event": {"type": "app_uninstalled"}}, ("E0ORG",)),
    ({**GRID, "event": {"type": "app_uninstalled"}}, ("E0ORG",)),
    ({"team_id": None, "enterprise_id": "E0ORG",
      "event": {"type": "team_access_revoked", "team_ids": ["T1", "T2"]}}, ("T1", "T2")),
])  # fmt: skip
def test_who_has_left(body, ids):
    assert left({**body, "event_time": 5}) == Left(ids, 5.0)


@pytest.mark.parametrize("event", [
    {"type": "tokens_revoked", "tokens": {"oauth": ["U0ALICE"]}}, {"type": "message", "text": "app_uninstalled"}, None,
])  # fmt: skip
def test_who_has_not(event):
    """A person's own token is none that we hold."""
    assert left({"team_id": "T0ONE", "event": event}) is None


@pytest.mark.parametrize("body", [{}, {"event": "x"}, {"team": 5}, {"authorizations": [None, "x"]}, {"user": "U1"}])
def test_nonsense_is_for_nobody(body):
    assert teams_of(body, BOTS) == []
    assert organisations_of(body) == []


def test_files_are_marked_with_where_they_were_sent_and_a_mark_of_ones_own_is_worth_nothing():
    forged = {"name": "a", "url_private": "https://files.slack.com/a#in=T0TWO"}
    body = {"event": {"files": [forged]}, "message": {"files": [{"url_private_download": "https://x/b"}]}, "n": [1]}
    marked = tagged(body, "T0ONE")

    team, file = untagged(File("a", marked["event"]["files"][0]["url_private"]))
    assert (team, file.url) == ("T0ONE", "https://files.slack.com/a#in=T0TWO")
    assert untagged(File("b", marked["message"]["files"][0]["url_private_download"]))[0] == "T0ONE"
    assert body["event"]["files"] == [{"name": "a", "url_private": "https://files.slack.com/a#in=T0TWO"}]
    assert untagged(File("c", "https://x/c")) == ("", File("c", "https://x/c"))
