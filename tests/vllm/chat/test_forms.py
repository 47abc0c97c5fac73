"""Objects instead of text: what the server's grammar forces, and what our client makes of calls it cannot read."""

from typing import Literal

import pytest
from langchain_core.messages import HumanMessage
from pydantic import BaseModel, Field

from engine.errors import ModelUnavailable
from engine.model.tools import Toolbox
from tests.vllm.chat.conftest import fresh

pytestmark = [pytest.mark.vllm, pytest.mark.timeout(600)]


class Triage(BaseModel):
    """Where a question belongs."""

    topic: Literal["billing", "network", "other"] = Field(description="What the question is about.")
    urgent: bool
    tags: list[Literal["a", "b"]] = Field(max_length=2)


class Lookup(BaseModel):
    """Looks a certificate up."""

    kind: Literal["vpn", "mail"] = Field(description="Which certificate.")
    year: Literal[2025, 2026]


class Renew(BaseModel):
    """Renews a certificate."""

    confirmed: bool


async def test_the_model_fills_in_an_object_of_a_class(open_model):
    model = open_model()

    found = await model.structured(fresh("Our VPN is down."), Triage, max_tokens=80)

    assert isinstance(found, Triage)


async def test_an_object_that_is_cut_off_is_none(open_model):
    with pytest.raises(ModelUnavailable, match=r"cut off at model\.max_tokens"):
        await open_model().structured(fresh("Our VPN is down."), Triage, max_tokens=3)


async def test_langchain_code_gets_the_same_object(open_model):
    found = await open_model().chat.with_structured_output(Triage).ainvoke(fresh("Our VPN is down."), max_tokens=80)

    assert isinstance(found, Triage)


async def test_a_model_that_must_call_a_tool_calls_one_that_fits(open_model):
    bound = open_model().chat.bind_tools([Lookup, Renew], tool_choice="required")

    answer = await bound.ainvoke([HumanMessage("Is the VPN certificate of 2026 still valid?")], max_tokens=120)

    assert answer.tool_calls and not answer.invalid_tool_calls
    classes = {"Lookup": Lookup, "Renew": Renew}
    for call in answer.tool_calls:
        assert classes[call["name"]].model_validate(call["args"])


async def test_a_named_tool_is_the_one_that_is_called(open_model):
    bound = open_model().chat.bind_tools([Lookup, Renew], tool_choice="Lookup")

    answer = await bound.ainvoke([HumanMessage("Renew my VPN certificate.")], max_tokens=60)

    [call] = answer.tool_calls
    assert call["name"] == "Lookup" and Lookup.model_validate(call["args"])


#: What the grammar of a test lets the model write, as small models and servers without a parser do.
WRITTEN = r'\{"name": "Lookup", "arguments": \{"kind": "(vpn|mail)", "year": (2025|2026)\}\}'


@pytest.mark.parametrize("pattern", [WRITTEN, rf"\[{WRITTEN}\]", rf"<tool_call>\n{WRITTEN}\n</tool_call>"])
async def test_a_call_that_the_model_writes_as_text_is_a_call(open_model, pattern):
    model = open_model(extra={"structured_outputs": {"regex": pattern}})

    bound = model.chat.bind_tools([Lookup, Renew])
    answer = await bound.ainvoke([HumanMessage("Is the VPN certificate still valid?")], max_tokens=100)

    assert [(call["name"], set(call["args"])) for call in answer.tool_calls] == [("Lookup", {"kind", "year"})]
    assert not answer.text


async def test_tools_are_offered_to_a_server_that_was_started_without_a_parser(open_model):
    """It refuses tool_choice auto; the client asks again so that what the model writes is read here."""
    model = open_model()
    bound = model.chat.bind_tools([Lookup])

    answers = [await bound.ainvoke([HumanMessage("Hello!")], max_tokens=8) for _ in range(2)]

    assert all(answer.text or answer.tool_calls or answer.invalid_tool_calls for answer in answers)


async def test_arguments_that_do_not_fit_are_told_and_nothing_is_called(open_model):
    """The grammar that is forced here knows another class than the tool's."""
    wrong = r'\{"name": "Lookup", "arguments": \{"kind": "fax"\}\}'
    model = open_model(extra={"structured_outputs": {"regex": wrong}})

    last = None
    async for piece in model.chat.pieces(fresh(), max_tokens=100, tools=Toolbox([Lookup])):
        last = piece

    [told] = last.calls
    assert told.name == "Lookup" and "kind" in told.fault and not told.arguments
