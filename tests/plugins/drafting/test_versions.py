"""What is said after a draft: another version, an earlier one again, thanks, a question in between."""

from __future__ import annotations

import pytest

from engine import Outcome, Past
from plugins.drafting.request import understood
from tests.plugins.drafting.talk import ASKED, GOOD


async def test_shorter_makes_a_version_that_says_what_changed_and_an_earlier_one_comes_back(talk):
    talk.says(GOOD, "The fire drill of the Bluebell house is on 14 May.")
    await talk.ask(ASKED, command="draft")
    second = await talk.ask("shorter")
    assert "**Version 2** · 20 → 11 words, 10 removed, 1 added" in second.text
    assert "~~May and takes 20 minutes" in second.text

    third = await talk.ask("back to version 1")
    assert "**Version 3** · version 1 again" in third.text
    assert (third.receipt.kept["version"], third.receipt.kept["text"]) == (3, GOOD)
    assert len(talk.server.requests) == 2, "no model is needed for that"


async def test_shorter_is_met_by_what_is_shorter_and_not_by_what_is_not(talk):
    little = GOOD.replace(" by the stairs", "")
    talk.says(GOOD, *[little] * 3)
    await talk.ask(ASKED, command="draft")
    second = await talk.ask("shorter")
    assert (second.receipt.kept["text"], second.receipt.kept["unmet"]) == (little, [])
    talk.says(*[GOOD] * 3)
    assert (await talk.ask("shorter")).receipt.kept["unmet"] != []


async def test_a_wish_goes_on_from_the_last_version(talk):
    talk.says(GOOD, f"{GOOD} The garage stays open.")
    await talk.ask(ASKED, command="draft")
    reply = await talk.ask("add a line on the garage")
    messages = talk.server.requests[-1].body["messages"]
    assert messages[2] == {"role": "assistant", "content": GOOD}
    assert "Change your draft: add a line on the garage" in messages[3]["content"]
    assert "What people said" not in messages[1]["content"], "the version before stands in its own place"
    assert "it says: the garage" in messages[3]["content"]
    assert reply.receipt.kept["text"].endswith("The garage stays open.")


async def test_in_chinese_the_language_is_verified_and_the_wish_in_chinese_understood(talk):
    talk.says(GOOD, GOOD, "蓝铃楼的消防演习在5月14日，历时20分钟。请大家走楼梯。", "消防演习在5月14日，请走楼梯。")
    await talk.ask(ASKED, command="draft")
    reply = await talk.ask("用中文写")
    assert "written in Chinese only" in talk.prompt()
    assert "消防演习" in reply.text
    assert "**第 2 版**" in reply.text
    assert (await talk.ask("再短一点")).receipt.kept["version"] == 3


async def test_a_question_in_between_is_for_the_others_and_a_new_request_begins_anew(talk):
    talk.says(GOOD, GOOD)
    await talk.ask(ASKED, command="draft")
    assert (await talk.ask("When do we open tomorrow?")).text.startswith("others:")
    assert (await talk.ask("shorter")).text.startswith("others:"), "it is not about the draft any more"
    assert (await talk.ask(f"write {ASKED}")).receipt.kept["version"] == 1


async def test_undo_twice_goes_back_two_versions(talk):
    talk.says(GOOD, "The fire drill of the Bluebell house is on 14 May.", "The fire drill is on 14 May.")
    await talk.ask(ASKED, command="draft")
    await talk.ask("shorter")
    await talk.ask("shorter")
    await talk.ask("undo")
    first = await talk.ask("undo")
    assert "**Version 5** · version 1 again" in first.text
    assert first.receipt.kept["text"] == GOOD
    assert (await talk.ask("undo")).outcome is Outcome.REFUSED


async def test_thanks_in_between_do_not_end_a_draft(talk):
    talk.says(GOOD, "The fire drill of the Bluebell house is on 14 May.")
    await talk.ask(ASKED, command="draft")
    talk.past.append(Past((), "thanks", "You are welcome.", "en"))
    assert (await talk.ask("shorter")).receipt.kept["version"] == 2


async def test_the_menu_of_versions_works_after_a_question(talk):
    talk.says(GOOD, "The fire drill of the Bluebell house is on 14 May.")
    await talk.ask(ASKED, command="draft")
    await talk.ask("shorter")
    await talk.ask("When do we open tomorrow?")
    assert (await talk.ask("回到第 1 版")).receipt.kept["text"] == GOOD


@pytest.mark.parametrize("said", ["Draft: ", "draft: ", "DRAFT："])
async def test_the_command_typed_as_a_word_counts_in_any_case(talk, said):
    talk.says(GOOD)
    kept = (await talk.ask(said + ASKED)).receipt.kept
    assert kept["request"] == understood(ASKED).as_json()


async def test_to_post_or_export_it_by_words_the_buttons_are_named_and_the_draft_goes_on(talk):
    assert (await talk.ask("Post it to #general")).text.startswith("others:"), "there is no draft yet"
    talk.says(GOOD, "The fire drill of the Bluebell house is on 14 May.")
    await talk.ask(ASKED, command="draft")
    for words, says in (("Post it to #general", "“Post…”"), ("export it as HTML", "HTML"), ("导出为 HTML", "“导出”")):
        reply = await talk.ask(words)
        assert reply.outcome is Outcome.REFUSED
        assert says in reply.text
    assert len(talk.server.requests) == 1, "nothing is written for it"
    assert (await talk.ask("shorter")).receipt.kept["version"] == 2


async def test_a_version_that_is_not_there_is_said(talk):
    talk.says(GOOD)
    await talk.ask(ASKED, command="draft")
    reply = await talk.ask("back to version 7")
    assert (reply.outcome, reply.reason) == (Outcome.REFUSED, "there is no such version")
    assert "no version 7" in reply.text


async def test_undo_of_the_first_version_is_refused_too(talk):
    talk.says(GOOD)
    await talk.ask(ASKED, command="draft")
    assert (await talk.ask("undo")).outcome is Outcome.REFUSED
