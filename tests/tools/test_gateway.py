"""The gateway decides from facts, for all of them; nothing with an effect runs without a click."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.store.wishes import as_shown
from engine.tools.contract import Tool
from engine.tools.gateway import CAPS, Grant, Spent, Verdict, Wanted, canonical, decide, fingerprint, unseen
from engine.types import Audience, Conversation

WHERE = Conversation("slack", "T0", "C0", "1.0")
HERE = Audience.of("T0", "workspace", "room:C0")


async def nothing() -> str:
    """Does nothing."""
    return ""


def tool(can: Any = "write", **more: Any) -> Tool:
    return Tool(nothing, can, **more)


def wanted(made: Tool | None = None, **arguments: Any) -> Wanted:
    return Wanted("ops.restart", made or tool(), arguments, "U0", WHERE, HERE)


def clicked(for_: Wanted, **changed: Any) -> Grant:
    return replace(Grant(for_.actor, for_.where, fingerprint(for_.name, for_.arguments), clicked=True), **changed)


@pytest.mark.parametrize(("items", "verdict"), [(30, Verdict.ASK), (250, Verdict.NO)])
def test_of_long_arguments_those_characters_count_that_a_person_is_shown(items, verdict):
    """One item a line, with blanks before it: 250 of them are 500 characters to a machine, and 1,500 to a person."""
    call = wanted(items=[1] * items)
    assert len(canonical(call.arguments)) < 1_200
    assert (len(as_shown(canonical(call.arguments))) > 1_200) is (verdict is Verdict.NO)
    assert decide(call, Spent()).verdict is verdict


def test_what_reads_runs_and_what_acts_is_asked_for():
    assert decide(wanted(tool("read")), Spent()).verdict is Verdict.RUN
    assert decide(wanted(tool("write"), agent=7), Spent()).verdict is Verdict.ASK
    assert decide(wanted(tool("outside"), to="x"), Spent()).verdict is Verdict.ASK


def test_a_clicked_grant_is_for_exactly_one_call():
    call = wanted(agent=7)
    assert decide(call, Spent(), clicked(call)).verdict is Verdict.RUN
    others = [
        replace(call, actor="U1"),
        replace(call, where=Conversation("slack", "T0", "C0", "2.0")),
        replace(call, arguments={"agent": 8}),
        replace(call, arguments={"agent": "7"}),
        replace(call, arguments={"agent": 7, "force": True}),
        replace(call, name="ops.wipe"),
    ]
    assert [decide(other, Spent(), clicked(call)).verdict for other in others] == [Verdict.ASK] * len(others)


def test_a_grant_without_a_click_is_enough_only_where_nothing_but_the_asker_spoke():
    call = wanted(agent=7)
    given_before = clicked(call, clicked=False)
    assert decide(call, Spent(), given_before).verdict is Verdict.ASK
    assert decide(replace(call, tainted=False), Spent(), given_before).verdict is Verdict.RUN


@pytest.mark.parametrize("why", ["unknown", "undeclared", "elsewhere", "not for all", "other audience", "fault"])
def test_what_may_not_be_called_is_refused_even_with_a_click(why):
    call = wanted(agent=7)
    call = {
        "unknown": replace(call, tool=None),
        "undeclared": replace(call, tool=tool("anything")),
        "elsewhere": replace(call, tool=tool(workspaces=("T1",))),
        "not for all": replace(call, tool=tool("read", grant="room:C9")),
        "other audience": replace(call, audience=Audience.of("T1", "workspace")),
        "fault": replace(call, fault="agent: Field required"),
    }[why]
    decision = decide(call, Spent(), clicked(call))
    assert decision.verdict is Verdict.NO
    assert decision.why


@pytest.mark.parametrize("spent", [
    Spent(calls=CAPS.calls), Spent(cost=CAPS.cost), Spent(seconds=CAPS.seconds), Spent(cost=CAPS.cost - 0.5),
])  # fmt: skip
def test_a_turn_has_an_end(spent):
    assert decide(wanted(tool("read")), spent).verdict is Verdict.NO


def test_a_person_is_asked_for_one_call_at_a_time():
    assert decide(wanted(agent=7), Spent(asked=1)).verdict is Verdict.NO


@pytest.mark.parametrize("text", [
    "all\u200bow", "pay 1\u202e00", "tag\U000e0041", "x\ufe0f", "a\u007fb", "\u3164", "soft\u00adhyphen",
    "no\u00a0break",
    "e\u0301", "p\u0430ypal", "\u0391dmin", "line\u2028end", "\u2800", "\u115f", "a\u034fb", "\ue000",
    "\uff41\u0430",
])  # fmt: skip
def test_arguments_that_a_person_would_not_see_as_they_are_are_refused(text):
    assert decide(wanted(to=text), Spent()).verdict is Verdict.NO
    assert decide(wanted(**{text: 1}), Spent()).verdict is Verdict.NO


@pytest.mark.parametrize(
    "text",
    ["重启七号代理，谢谢。", "Zürich naïve façade", "Москва", "Straße 7", "日本語テスト", 'plain {} [] \\ ` " \n\t'],
)
def test_arguments_in_any_language_are_shown_and_asked_for(text):
    assert decide(wanted(to=text), Spent()).verdict is Verdict.ASK


_ANY = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=30) | st.binary(max_size=5),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8) | st.integers(), inner, max_size=4),
    max_leaves=12,
)


@given(
    arguments=st.dictionaries(st.text(max_size=12) | st.integers(), _ANY, max_size=5) | _ANY,
    can=st.sampled_from(["read", "write", "outside", "", "READ", "read "]) | st.text(max_size=8),
    name=st.text(max_size=40),
    grant=st.sampled_from(["public", "workspace", "room:C0", "room:C1", "user:U0", "attached", ""]),
    tainted=st.booleans(),
    had=st.booleans(),
    workspace=st.sampled_from(["T0", "T1"]),
    calls=st.integers(0, 6),
)
def test_for_any_call_there_is_a_verdict_and_no_effect_without_a_click(
    arguments, can, name, grant, tainted, had, workspace, calls
):
    made = tool(can, grant=grant)
    audience = Audience.of(workspace, "workspace", "room:C0")
    call = Wanted(name, made, arguments, "U0", WHERE, audience, tainted)
    try:
        unclicked = clicked(call, clicked=False) if had else None
    except ValueError:
        unclicked = None
    decision = decide(call, Spent(calls=calls), unclicked)
    assert decision == decide(call, Spent(calls=calls), unclicked)
    if decision.verdict is Verdict.RUN:
        assert audience.may_read(grant)
        assert workspace == "T0"
        assert can == "read" or (not tainted and unclicked)
    if decision.verdict is Verdict.ASK:  # what is shown is what is called
        shown = as_shown(canonical(arguments))
        assert json.loads(shown) == arguments
        assert fingerprint(name, json.loads(shown)) == fingerprint(name, arguments)
        assert not unseen(canonical(arguments))
    assert (decision.why == "") is (decision.verdict is not Verdict.NO)


@given(
    one=st.dictionaries(st.text(max_size=5), _ANY, max_size=3),
    other=st.dictionaries(st.text(max_size=5), _ANY, max_size=3),
)
def test_calls_that_differ_have_other_fingerprints(one, other):
    try:
        same = fingerprint("a", one) == fingerprint("a", other)
        assert same is (canonical(one) == canonical(other))
        assert fingerprint("a", one) != fingerprint("b", one)
    except ValueError:
        pass


@pytest.mark.parametrize(
    "bad", [{"x": math.nan}, {"x": math.inf}, {1: 2}, {"x": "\ud800"}, {"x": b"1"}, [], None, {"x": {1: 2}}]
)
def test_what_is_no_json_object_is_no_call(bad):
    assert decide(Wanted("a.b", tool("read"), bad, "U0", WHERE, HERE), Spent()).verdict is Verdict.NO


def test_a_deep_or_long_call_is_refused():
    deep: Any = {}
    for _ in range(10_000):
        deep = {"x": deep}
    assert decide(wanted(tool("read"), x=deep), Spent()).verdict is Verdict.NO
    assert decide(wanted(tool("read"), x="y" * 9_000), Spent()).verdict is Verdict.NO
    assert decide(wanted(tool("write"), x="y" * 1_300), Spent()).verdict is Verdict.NO
