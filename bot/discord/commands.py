"""Commands, buttons, menus and forms: what people do with Discord's own controls."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from typing import Any, Final

import discord
import structlog

from bot import sheets
from bot.channel import Command, Notice, Press, Reception
from bot.discord import rendering
from bot.discord.access import Access
from bot.discord.forms import filled, modal
from bot.discord.reading import Place, Somewhere, read, text_of
from bot.discord.rest import CHOICES, MODAL, Attachment, Rejected, Rest, in_our_words, quietly
from bot.discord.spoken import ADD_THIS, ANSWER_THIS, CORRECT_THIS, Spoken, spoken, target
from bot.phrases import reason_in_words, say
from engine.errors import FrontdeskError, Refused, Unavailable
from engine.language import tag_of
from engine.types import Addressed, File, Message

Json = dict[str, Any]

#: A form and suggestions cannot be promised for later: Discord waits three seconds for them.
_AT_ONCE_S: Final = 1.5
#: So long may work wait for acknowledgements that others wait for.
_AFTER_OTHERS_S: Final = 2.0
_log = structlog.get_logger()


class Controls:
    """Answers interactions: each is acknowledged within three seconds, then worked on.

    All that a control is about stands in its id, so that each works after a restart, too.
    """

    def __init__(self, reception: Reception, access: Access, rest: Rest) -> None:
        self._reception = reception
        self._access = access
        self._rest = rest
        self._unacknowledged = 0
        self._all_acknowledged = asyncio.Event()
        self._at_work: set[asyncio.Task[None]] = set()

    async def stop(self, seconds: float) -> None:
        """Finish what was begun, if that can be done in this time: who was acknowledged counts on it."""
        if self._at_work:
            await asyncio.wait(set(self._at_work), timeout=seconds)

    async def used(self, interaction: discord.Interaction) -> None:
        """Somebody used a command, a button or a form of ours, or is typing a command."""
        task = asyncio.create_task(self._used(interaction), name="discord interaction")
        self._at_work.add(task)
        task.add_done_callback(self._at_work.discard)
        await task

    async def _used(self, interaction: discord.Interaction) -> None:
        data: Json = dict(interaction.data or {})
        match interaction.type:
            case discord.InteractionType.application_command:
                chosen = target(data)
                if chosen is None:
                    await self._command(interaction, spoken(data))
                else:
                    await self._chosen(interaction, str(data.get("name")), chosen)
            case discord.InteractionType.autocomplete:
                await self._suggest(interaction, spoken(data))
            case discord.InteractionType.component:
                if button := rendering.pressed(data.get("custom_id", "")):
                    action, value, in_place = button
                    if data.get("component_type") == rendering.MENU:
                        value = next(iter(data.get("values") or ()), "")
                    await self._press(interaction, action, value, in_place=in_place)
            case discord.InteractionType.modal_submit:
                if form := rendering.pressed(data.get("custom_id", "")):
                    await self._sent(interaction, form[0], form[1], filled(data))

    # Commands

    async def _command(self, interaction: discord.Interaction, said: Spoken) -> None:
        if said.name == "ask" and not said.text and not said.files:  # a window would lose the file
            await self._press(interaction, "ask.form", "")
        elif said.name == "kb entry" and not said.text:  # what is typed into a command stands in one line
            await self._press(interaction, "kb.keep", "", {"text": ""})
        elif said.name == "ask" and said.private:
            await self._sent(interaction, "ask.this", said.text, {}, files=said.files)
        elif said.name == "ask" or said.name in self._reception.claimed:
            await self._ask(interaction, said)
        else:

            async def command() -> Notice:
                return await self._reception.command(await self._as_command(interaction, said))

            await self._privately(interaction, command)

    async def _as_command(self, interaction: discord.Interaction, said: Spoken) -> Command:
        conversation = (await self._place(interaction)).conversation
        person, number = str(interaction.user.id), str(interaction.id)
        return Command(said.name, said.text, person, conversation, said.files, _language(interaction), number)

    async def _suggest(self, interaction: discord.Interaction, said: Spoken) -> None:
        """Offer what could be meant by what is typed; nothing when that takes too long."""
        choices: list[Json] = []
        try:
            async with asyncio.timeout(_AT_ONCE_S):
                choices = rendering.choices(await self._reception.suggest(await self._as_command(interaction, said)))
        except (FrontdeskError, TimeoutError) as e:
            _log.info("nothing could be suggested", command=said.name, reason=str(e) or "it took too long")
        except Exception:
            _log.exception("suggestions failed", command=said.name)
        await quietly(self._rest.respond(interaction.id, interaction.token, CHOICES, {"choices": choices}))

    async def _ask(self, interaction: discord.Interaction, said: Spoken) -> None:
        """Take a question.

        It is acknowledged as being worked on, since only that tells the id of the message the answer will belong to;
        kept; and then shown.  When it cannot be kept, its place says so.
        """
        if not await self._may_write(interaction):
            return
        response = await self._acknowledge(interaction, ephemeral=False)
        if response is None:
            return
        try:
            place = await self._place(interaction)
            await self._reception.accept(
                Message(
                    id=str(interaction.id),
                    conversation=place.conversation_on(response),
                    author=str(interaction.user.id),
                    text=said.text,
                    addressed=Addressed.COMMAND,
                    command=said.name,
                    files=said.files,
                    handle=place.handle_on(response),
                )
            )
            shown = rendering.asked(interaction.user.display_name, said.text)
        except FrontdeskError as e:
            _log.warning("a question asked by command was not kept", reason=str(e))
            shown = say("not_kept", _language(interaction))
        await self._rest.fill(interaction.application_id, interaction.token, shown)

    async def _chosen(self, interaction: discord.Interaction, name: str, data: Json) -> None:
        """Somebody chose something in the menu of a message."""
        channel, me = interaction.channel, interaction.client.user
        assert isinstance(channel, Somewhere)  # noqa: S101  # other channels have no messages
        assert me is not None  # noqa: S101  # known since the login
        # The library makes a message of what came with an interaction in the same way, for its own commands.
        message = discord.Message(state=interaction._state, channel=channel, data=data)  # type: ignore[arg-type]  # noqa: SLF001  # our JSON is what it calls a message
        if name == ADD_THIS:
            await self._press(interaction, "kb.keep", "", {"text": text_of(message, {me.id})})
        elif name == CORRECT_THIS:
            ours = message.author.id == me.id
            await self._press(interaction, "correct.this", rendering.answer_in(data) if ours else "")
        elif name == ANSWER_THIS and await self._may_write(interaction):

            async def answer() -> Notice:
                place, language = await self._place(interaction), _language(interaction)
                question = read(message, place, me.id, chosen=True)
                if question is None or not question.text:
                    return Notice(say("no_words_there", language))
                await self._reception.accept(question)
                return Notice(say("answer_below", language))

            await self._privately(interaction, answer)

    async def _may_write(self, interaction: discord.Interaction) -> bool:
        """Whether an answer can stand here; where it cannot, the person is told."""
        may = interaction.app_permissions
        writes = may.send_messages_in_threads if isinstance(interaction.channel, discord.Thread) else may.send_messages
        if interaction.guild_id is None or (may.view_channel and writes):
            return True

        async def refusal() -> Notice:
            return Notice(say("cannot_write_here", _language(interaction)))

        await self._privately(interaction, refusal)
        return False

    # Buttons and forms

    async def _press(
        self,
        interaction: discord.Interaction,
        action: str,
        value: str,
        given: Mapping[str, str] | None = None,
        *,
        in_place: bool = False,
    ) -> None:
        """Show the form that this leads to; where there is none, act on it."""
        if not await self._form(interaction, action, value, given or {}):
            await self._sent(interaction, action, value, given or {}, in_place=in_place)

    async def _form(self, interaction: discord.Interaction, action: str, value: str, given: Mapping[str, str]) -> bool:
        """Whether there is a form; then it is on its way, or cannot be shown any more."""
        try:
            async with asyncio.timeout(_AT_ONCE_S):
                form = await self._reception.form(await self._as_press(interaction, action, value, given))
        except (FrontdeskError, TimeoutError) as e:
            _log.warning("a form could not be made in time", action=action, reason=str(e) or "it took too long")
            return False
        except Exception:
            _log.exception("a form failed", action=action)
            return False
        shown = modal(form) if form else None
        if shown is None:
            return False
        try:
            await self._rest.respond(interaction.id, interaction.token, MODAL, shown)
        except (Refused, Unavailable) as e:  # the person sees that the interaction failed
            _log.warning("a form could not be shown", action=action, reason=str(e))
        return True

    async def _sent(
        self,
        interaction: discord.Interaction,
        action: str,
        value: str,
        given: Mapping[str, str],
        *,
        in_place: bool = False,
        files: tuple[File, ...] = (),
    ) -> None:
        async def press() -> Notice:
            try:
                pressed = await self._as_press(interaction, action, value, given)
                return await self._reception.pressed(replace(pressed, files=files))
            except FrontdeskError as e:  # Discord keeps nothing of a form that was sent: what was written is given back
                language = _language(interaction)
                return Notice("\n\n".join((reason_in_words(str(e), language), *_given_back(given, language))))

        await self._privately(interaction, press, in_place=in_place)

    async def _as_press(
        self, interaction: discord.Interaction, action: str, value: str, given: Mapping[str, str]
    ) -> Press:
        conversation = (await self._place(interaction)).conversation
        return Press(action, value, str(interaction.user.id), conversation, _language(interaction), given)

    # What all of them need

    async def _privately(
        self, interaction: discord.Interaction, work: Callable[[], Awaitable[Notice]], *, in_place: bool = False
    ) -> None:
        """Acknowledge, and show the outcome to this person alone: ``in_place`` of the message with the button."""
        if await self._acknowledge(interaction, ephemeral=True, in_place=in_place) is None:
            return
        try:
            notice = await work()
        except FrontdeskError as e:
            notice = Notice(reason_in_words(str(e), _language(interaction)))
        except Exception:
            _log.exception("a command failed")
            notice = Notice(say("went_wrong", _language(interaction)))
        if notice.file and await self._handed_out(interaction, notice, notice.file):
            return
        texts = rendering.notice(sheets.shown(notice.text, notice.file))
        if not texts and not in_place:  # it stands elsewhere: nothing is being thought about here any more
            await quietly(self._rest.dismiss(interaction.application_id, interaction.token))
        for n, text in enumerate(texts):
            buttons = rendering.own_buttons(notice.buttons) if n == len(texts) - 1 else []
            if in_place and not n:
                await self._rest.fill(interaction.application_id, interaction.token, text, buttons=buttons)
            else:
                await self._rest.whisper(interaction.application_id, interaction.token, text, buttons=buttons)

    async def _handed_out(self, interaction: discord.Interaction, notice: Notice, sheet: sheets.Sheet) -> bool:
        """Show a notice with its file; False where Discord takes none here, and nothing was shown."""
        text, buttons = rendering.notice(notice.text)[0], rendering.own_buttons(notice.buttons)
        file = Attachment(sheet.name, sheet.text.encode())
        try:
            await self._rest.whisper(interaction.application_id, interaction.token, text, buttons=buttons, file=file)
        except Rejected as e:
            _log.info("discord takes no file here: it is shown as text", reason=str(e))
            return False
        return True

    async def _acknowledge(
        self, interaction: discord.Interaction, *, ephemeral: bool, in_place: bool = False
    ) -> int | None:
        """Say that an answer will follow; the id of the message that will hold it, None when it is too late."""
        self._unacknowledged += 1
        self._all_acknowledged.clear()
        try:
            with in_our_words():
                response = await interaction.response.defer(ephemeral=ephemeral, thinking=not in_place)
        except (Refused, Unavailable) as e:  # the person sees that the application did not respond
            _log.warning("an interaction could not be acknowledged", reason=str(e))
            return None
        finally:
            self._unacknowledged -= 1
            if not self._unacknowledged:
                self._all_acknowledged.set()
        # In a burst everybody is acknowledged before the first one is worked on: that can wait, and Discord does not.
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_AFTER_OTHERS_S):
                await self._all_acknowledged.wait()
        return (response.message_id if response else None) or interaction.id

    async def _place(self, interaction: discord.Interaction) -> Place:
        channel = interaction.channel
        where = channel if isinstance(channel, Somewhere) else await self._access.channel(interaction.channel_id or 0)
        return await self._access.place(where, interaction.user.id)


def _language(interaction: discord.Interaction) -> str:
    """The language of this person's Discord."""
    return tag_of(str(interaction.locale))


def _given_back(given: Mapping[str, str], language: str) -> list[str]:
    """What somebody wrote into a form, as a quotation."""
    written = [value.strip() for value in given.values() if value.strip()]
    quoted = ["\n".join(f"> {line}".rstrip() for line in value.splitlines()) for value in written]
    return [say("you_wrote", language), *quoted] if quoted else []
