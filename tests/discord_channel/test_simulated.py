"""The controls in simcord's Discord: a second model of the platform beside our stand-in, with rules of its own."""

from __future__ import annotations

import contextlib
import warnings
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

with warnings.catch_warnings():
    warnings.filterwarnings("ignore", "'audioop' is deprecated", DeprecationWarning)
    import simcord
    from discord.http import HTTPClient

from bot.channel import Button, Entry, Form, Suggestion
from bot.discord.access import Access
from bot.discord.commands import Controls
from bot.discord.gateway import Gateway
from bot.discord.rest import Rest
from bot.discord.spoken import ADD_THIS, ANSWER_THIS, COMMANDS, ON_MESSAGES
from tests.discord_channel.conftest import Notes

WHY = Form("What was wrong?", "feedback.said", "7", (Entry("why", "What was wrong or missing?", lines=True),))


@dataclass
class World:
    """A server with a channel, alice and bob; and the desk behind our controls."""

    env: simcord.Env
    notes: Notes
    general: simcord.ChannelHandle = field(init=False)
    alice: simcord.MemberActor = field(init=False)
    bob: simcord.MemberActor = field(init=False)

    def __post_init__(self) -> None:
        guild = self.env.create_guild()
        self.general = guild.create_text_channel("general")
        self.alice, self.bob = (guild.add_member(self.env.create_user(name)) for name in ("alice", "bob"))

    def seen(self, viewer: simcord.MemberActor) -> list[str]:
        return [m.content for m in self.general.history(viewer=viewer)]


@contextlib.asynccontextmanager
async def simulated() -> AsyncIterator[World]:
    """A context of the test's own, for simcord lends its clock to nobody else."""
    client, notes = Gateway(), Notes()

    async def http() -> HTTPClient:
        return client.http

    rest = Rest(http)
    client.controls = Controls(notes, Access(lambda: client, ""), rest)
    async with simcord.run(client) as env:
        assert client.application_id is not None
        await rest.install(client.application_id, (*COMMANDS, *ON_MESSAGES))
        yield World(env, notes)


async def test_a_question_is_shown_to_all_and_kept_once() -> None:
    async with simulated() as world:
        used = await world.alice.slash(world.general, "ask", question="How **long**?")
        assert used.acknowledged
        assert not used.ephemeral
        assert world.seen(world.bob) == ["**alice**:\n\n> How **long**?"]
        (question,) = world.notes.messages
        assert (question.text, question.author) == ("How **long**?", str(world.alice.id))
        assert question.conversation.thread == str(used.response.id)


async def test_what_is_private_only_one_sees() -> None:
    async with simulated() as world:
        world.notes.says = "\n".join(f"- document number {n} of the many documents" for n in range(120))
        used = await world.bob.slash(world.general, "kb list")
        assert used.ephemeral
        assert all(followup.ephemeral for followup in used.followups)
        assert "number 119" in world.seen(world.bob)[-1]
        assert world.seen(world.alice) == []


async def test_nothing_is_left_thinking_where_the_outcome_stands_elsewhere() -> None:
    async with simulated() as world:
        world.notes.says = ""
        used = await world.bob.slash(world.general, "help")
        assert used.response is None
        assert world.seen(world.bob) == []


async def test_suggestions_are_offered_while_typing() -> None:
    async with simulated() as world:
        world.notes.suggestions = (Suggestion("Travel costs", "d1"),)
        offered = await world.alice.autocomplete(world.general, "kb show", "document", "tra")
        assert [(c["name"], c["value"]) for c in offered] == [("Travel costs", "d1")]


async def test_a_form_is_opened_filled_in_and_sent() -> None:
    async with simulated() as world:
        world.notes.offers = (Button("Say why", "feedback.why", "7"),)
        world.notes.forms = {"feedback.why": WHY}
        used = await world.bob.slash(world.general, "help")
        shown = await world.bob.click(used.response.message, label="Say why")
        assert shown.modal["title"] == "What was wrong?"
        world.notes.offers = ()
        sent = await world.bob.submit_modal(shown, {"why": "It is 120 days"})
        assert sent.ephemeral
        assert [(p.action, p.value, p.filled) for p in world.notes.presses] == [
            ("feedback.said", "7", {"why": "It is 120 days"})]  # fmt: skip


async def test_a_page_takes_the_place_of_the_one_before() -> None:
    async with simulated() as world:
        world.notes.says, world.notes.offers = "page 1", (Button("Next", "kb.list", "g|2||", in_place=True),)
        used = await world.bob.slash(world.general, "kb list")
        world.notes.says = "page 2"
        await world.bob.click(used.response.message, label="Next")
        assert world.seen(world.bob) == ["page 2"]


async def test_the_menu_of_a_message_answers_it_or_makes_an_entry_of_it() -> None:
    async with simulated() as world:
        world.notes.forms = {"kb.keep": Form("Add", "kb.entered", "workspace", (Entry("answer", "Answer"),))}
        said = await world.bob.send(world.general, "how long are certificates valid?")
        used = await world.alice.context_menu(world.general, ANSWER_THIS, said)
        assert used.ephemeral
        (question,) = world.notes.messages
        assert (question.id, question.author) == (str(said.id), str(world.bob.id))
        shown = await world.alice.context_menu(world.general, ADD_THIS, said)
        assert shown.modal["title"] == "Add"
