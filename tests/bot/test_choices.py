"""Menus as Slack and Discord show them, and what comes back: whatever is too much for one is left out for both."""

from __future__ import annotations

import warnings

from bot.channel import Button
from bot.choices import Choice, Select
from bot.slack.elements import actions, elements
from bot.slack.read import Me, read_press

with warnings.catch_warnings():
    warnings.filterwarnings("ignore", "'audioop' is deprecated", DeprecationWarning)
    from bot.discord import rendering
    from bot.discord.rest import body

WHO = Select("Who may?", "kb.grant", (Choice("All", "1 workspace"), Choice("Me", "1 user:U1")), "1 user:U1")
ME = Me("T1", "UBOT", "B1")


def test_a_menu_stands_among_the_buttons_and_shows_what_is_chosen_now():
    cancel, menu = elements((Button("Cancel", "kb.cancel", "1"), WHO))
    assert cancel["type"] == "button"
    assert (menu["type"], menu["action_id"]) == ("static_select", "fd:kb.grant:1")
    assert [o["value"] for o in menu["options"]] == ["1 workspace", "1 user:U1"]
    assert menu["initial_option"] == menu["options"][1]

    rows = body("x", buttons=rendering.own_buttons((Button("Cancel", "kb.cancel", "1"), WHO)))["components"]
    assert [[c["type"] for c in row["components"]] for row in rows] == [[2], [3]]
    assert [o.get("default", False) for o in rows[1]["components"][0]["options"]] == [False, True]


def test_what_does_not_fit_is_left_out_and_an_empty_menu_is_none():
    many = Select("Which?", "meant.this", tuple(Choice("name " * 40, f"{n}" * 60) for n in range(40)))
    for options in (elements((many,))[0]["options"], rendering.own_buttons((many,))[0]["options"]):
        assert len(options) == 10  # the others' values are too long
    assert len(elements((many,))[0]["options"][0]["text"]["text"]) == 75
    assert len(rendering.own_buttons((many,))[0]["options"][0]["label"]) <= 100
    nothing = Select("Which?", "meant.this", (Choice(" ", "1"),))
    assert actions(elements((nothing,))) == rendering.own_buttons((nothing,)) == []


def test_seven_buttons_and_two_menus_take_four_rows():
    other = Select("Which?", "meant.this", (Choice("One", "1"),))
    made = [*(Button(f"{n}", "kb.cancel", f"{n}") for n in range(7)), WHO, other]
    rows = body("x", buttons=rendering.own_buttons(made))["components"]
    assert [len(row["components"]) for row in rows] == [5, 2, 1, 1]


def test_a_choice_comes_back_like_a_press_and_one_that_was_taken_back_is_none():
    def chosen(option):
        used = {"type": "static_select", "action_id": "fd:kb.grant:1", "selected_option": option}
        where = {"channel": {"id": "D1"}, "user": {"id": "U1"}, "container": {"message_ts": "1.2"}}
        return read_press({"actions": [used], **where}, ME, workspace="")

    press = chosen({"text": {"type": "plain_text", "text": "All"}, "value": "1 workspace"})
    assert (press.action, press.value, press.person) == ("kb.grant", "1 workspace", "U1")
    assert chosen(None) is None
