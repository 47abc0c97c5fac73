"""Entries in chat: listed, opened, changed in a window, kept in two languages, and loaded from a file that was sent."""

from __future__ import annotations

from bot.phrases import reason_in_words
from tests.scenarios.guild import desk as guild_desk
from tests.scenarios.guild import direct, until
from tests.scenarios.office import ADMIN, BOB, PRIVATE, ROOM, Office, office, shown
from tests.scenarios.test_discord_knowledge import labels, privately

PARKING = "kb entry\nQ: Where may I park my bicycle?\nA: In the yard, behind gate 7.\nExpires: 2099-12-31"


def given(form: dict) -> dict[str, str]:
    """What stands in the fields of a window."""
    return {b["block_id"]: b["element"].get("initial_value", "") for b in form["blocks"]}


async def change(desk: Office, message: dict, label: str, **filled: str) -> dict:
    """Press the button, write into the window that opens, send it; what is said then."""
    await desk.press(message, label, room=ROOM)
    form = await desk.until(lambda: desk.slack.open_view(ADMIN))
    before = len(desk.slack.ephemerals)
    await desk.slack.submit_view(ADMIN, given(form) | filled)
    return await desk.whispered(before)


async def test_an_entry_is_changed_in_a_window_and_stays_the_same_entry(tmp_path):
    async with office(tmp_path) as desk, desk.desk() as app:
        await desk.told(await desk.send(PARKING), "Kept")
        one = await desk.command("kb entry where may I park my bicycle?")
        assert "gate 7" in shown(one)
        said = await change(desk, one, "Change", question="Where do bicycles stand?", answer="In the cellar, rack 12.")

        assert "Where do bicycles stand?" in shown(said)
        [kept] = await app.knowledge.entries.of("T0TEAM")
        assert (kept.version, kept.entry.answer) == (2, "In the cellar, rack 12.")
        assert kept.entry.expires > 0
        assert "rack 12" in await desk.answer("Where do bicycles stand?", user=BOB)
        # The question that it asked first is free again, and does not lead to it.
        await desk.told(await desk.send(PARKING), "Kept")
        assert len(await app.knowledge.entries.of("T0TEAM")) == 2


async def test_an_entry_is_asked_and_answered_in_both_of_its_languages(tmp_path):
    async with office(tmp_path) as desk, desk.desk() as app:
        one = await desk.told(await desk.send(PARKING), "Kept")
        await desk.press(one, "Add another language", room=desk.direct())
        await desk.until(lambda: desk.slack.open_view(ADMIN))
        filled = {"question": "自行车停在哪里？", "also": "单车停放", "answer": "停在七号门后面的院子里。"}
        await desk.slack.submit_view(ADMIN, filled)
        private = desk.direct()
        await desk.until(lambda: any("自行车" in shown(m) for m in desk.slack.messages(private, from_bot=True)))
        assert "七号门" in await desk.answer("自行车停在哪里？", user=BOB)
        assert "gate 7" in await desk.answer("Where may I park my bicycle?", user=BOB)
        typed = await desk.told(
            await desk.send("kb entry\nQ: When is lunch?\nA: At noon.\n问：几点吃午饭？\n答：十二点。"), "已保存"
        )
        assert "几点吃午饭" in shown(typed)
        assert "十二点" in await desk.answer("几点吃午饭？", user=BOB)
        listed = await desk.command("kb entries")
        assert "自行车停在哪里" in shown(listed)
        await desk.choose(listed, "2. Where may I park my bicycle?", room=ROOM)
        opened = await desk.until(
            lambda: next((e for e in desk.slack.ephemerals if "Change the other language" in str(e)), None)
        )
        before = len(desk.slack.ephemerals)
        await desk.press(opened, "Take it out", room=ROOM)
        assert "Taken out" in shown(await desk.whispered(before))
        assert [e.entry.question for e in await app.knowledge.entries.of("T0TEAM")] == ["When is lunch?"]


async def test_who_may_not_be_told_an_entry_is_not_shown_it_and_cannot_change_it(tmp_path):
    async with office(tmp_path) as desk, desk.desk() as app:
        await desk.told(await desk.send(PARKING), "Kept")
        [kept] = await app.knowledge.entries.of("T0TEAM")
        one = await desk.command(f"kb show {kept.id}")
        assert "gate 7" in shown(one)
        await app.knowledge.regrant("T0TEAM", kept.id, "room:G0OTHER")
        before = len(desk.slack.ephemerals)
        await desk.press(one, "Change", room=ROOM)
        assert "not there any more" in shown(await desk.whispered(before))
        assert desk.slack.open_view(ADMIN) is None
        for asked in ("kb entries", f"kb show {kept.id}", "kb entry Where may I park my bicycle?"):
            assert "gate 7" not in shown(await desk.command(asked))
        refused = shown(await desk.command("kb entries", user=BOB))
        assert "Only an admin" in refused


async def test_an_entry_that_the_admin_may_not_read_is_not_overwritten_and_an_audience_that_is_written_counts(tmp_path):
    async with office(tmp_path) as desk, desk.desk() as app:
        await desk.told(await desk.send(PARKING), "Kept")
        [kept] = await app.knowledge.entries.of("T0TEAM")
        await app.knowledge.regrant("T0TEAM", kept.id, "room:G0OTHER")
        await desk.told(await desk.send(PARKING.replace("gate 7", "gate 8") + "\nAudience: public"), "Kept")
        entries = {e.grant: e.entry.answer for e in await app.knowledge.entries.of("T0TEAM")}
        assert set(entries) == {"room:G0OTHER", "public"}
        assert "gate 7" in entries["room:G0OTHER"]
        assert "gate 8" in entries["public"]
        await desk.told(await desk.send(PARKING + "\nAudience: managers"), "no audience managers")


async def test_what_somebody_else_has_changed_meanwhile_is_not_overwritten(tmp_path):
    async with office(tmp_path) as desk, desk.desk() as app:
        await desk.told(await desk.send(PARKING), "Kept")
        one = await desk.command("kb entry Where may I park my bicycle?")
        await desk.press(one, "Change", room=ROOM)
        form = await desk.until(lambda: desk.slack.open_view(ADMIN))
        await desk.told(await desk.send(PARKING.replace("gate 7", "gate 8")), "Kept")
        await desk.slack.submit_view(ADMIN, given(form) | {"answer": "Nowhere."})

        [wrong] = [e for e in desk.slack.transcript if e.get("what") == "view_errors"]
        assert "changed this entry meanwhile" in str(wrong["errors"])
        assert "gate 8" in (await app.knowledge.entries.of("T0TEAM"))[0].entry.answer


async def test_other_readers_are_chosen_below_an_entry(tmp_path):
    async with office(tmp_path) as desk, desk.desk() as app:
        await desk.told(await desk.send(PARKING), "Kept")
        one = await desk.command("kb entry Where may I park my bicycle?")
        before = len(desk.slack.ephemerals)
        await desk.choose(one, "Anybody, customers too", room=ROOM)
        assert "customers too" in shown(await desk.whispered(before))
        assert [e.grant for e in await app.knowledge.entries.of("T0TEAM")] == ["public"]


async def test_a_file_of_entries_is_loaded_as_entries_or_refused_with_its_lines(tmp_path):
    async with office(tmp_path) as desk, desk.desk() as app:
        wrong = "question,answer,owner,expires\nWhere is lunch?,,Ann,\nWhen is lunch?,At noon.,Ann,soon\n"
        said = shown(await desk.told(await desk.send("kb add", files={"faq.csv": wrong}), "lines are wrong"))
        assert "line 2: there is no answer" in said
        assert "line 3: soon is no day" in said
        assert await app.knowledge.entries.of("T0TEAM") == []

        right = (
            "question,answer,question_2,answer_2,owner,expires,audience\n"
            "When is lunch?,At noon.,几点吃午饭？,十二点。,Ann,2099-12-31,public\n"
            f"Who cooks?,The board.,,,Ann,,room:{PRIVATE}\n"
        )
        await desk.told(await desk.send("kb add", files={"faq.csv": right}), "Entries kept: 2")
        assert "十二点" in await desk.answer("几点吃午饭？", user=BOB)
        assert "board" not in await desk.answer("Who cooks?", user=BOB)
        plain = "question,answer\nWhen is dinner?,At six.\n"
        thread = await desk.send("kb add", files={"plain.csv": plain})  # a document, as ever
        await desk.told(thread, "plain.csv")
        assert len(await app.knowledge.entries.of("T0TEAM")) == 2
        assert reason_in_words("line 2: there is no answer", "zh") == "第 2 行：没有答案"


async def test_on_discord_an_entry_is_found_by_its_question_and_changed_in_a_window(fake, tmp_path):
    async with guild_desk(fake, tmp_path) as app:
        entry = {"question": "Where may I park?", "answer": "Behind gate 7."}
        used = await fake.slash_command(fake.general, fake.alice, "kb entry", entry)
        await privately(fake, used, fake.alice)
        used = await fake.slash_command(fake.general, fake.alice, "kb entries", {"search": "gate"})
        assert "Where may I park?" in (await privately(fake, used, fake.alice))["content"]
        used = await fake.slash_command(fake.general, fake.alice, "kb entry", {"question": "where may i park?"})
        one = await privately(fake, used, fake.alice)
        assert "gate 7" in one["content"]
        pressed = await fake.click(fake.general, one["id"], fake.alice, labels(one)["Change"])
        filled = {"question": "Where may I park?", "answer": "In the cellar.", "also": "", "owner": "", "expires": ""}
        sent = await fake.submit_modal(pressed["token"], filled)
        assert "Kept" in (await privately(fake, sent, fake.alice))["content"]
        [kept] = await app.knowledge.entries.of(fake.guild_id)
        assert (kept.version, kept.entry.answer) == (2, "In the cellar.")
        await fake.user_dm(fake.bob, "Where may I park?")
        await until(lambda: direct(fake, fake.bob, "cellar"))
