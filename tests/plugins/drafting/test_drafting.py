"""From a request to a checked draft, and on from there: against the stand-in for a model server."""

from __future__ import annotations

from dataclasses import replace

import pytest

from engine import Outcome, Past
from engine.attached import Attached
from engine.cited import result_of
from engine.errors import Queued
from engine.model import ModelSettings
from engine.model.served import ServedModel
from engine.types import Passage
from plugins.drafting import Drafting
from plugins.drafting.request import understood
from tests.plugins.drafting.talk import ASKED, DRILL, GOOD, Talk


async def test_a_draft_is_written_from_the_documents_and_marked_with_them(talk):
    talk.says(GOOD)
    reply = await talk.ask(ASKED, command="draft")
    assert (reply.outcome, reply.reason) == (Outcome.ANSWERED, "a draft")
    assert "20 minutes. [1] Everybody leaves by the stairs. [1]" in reply.text
    assert "**Version 1** · 20 words" in reply.text
    assert [s.title for s in reply.sources] == ["Fire drill"]
    kept = reply.receipt.kept
    assert (kept["kind"], kept["version"], kept["text"], kept["unmet"]) == ("announcement", 1, GOOD, [])
    assert len(talk.server.requests) == 1, "nothing was wrong: nothing is written again"


async def test_the_house_style_stands_in_the_prompt_and_is_no_source(talk):
    talk.says("Founded in 1987. " + GOOD, GOOD)
    reply = await talk.ask(ASKED, command="draft")
    assert "We say colleagues, never staff." in talk.prompt(0)
    assert reply.receipt.kept["text"] == GOOD
    assert {p.id for p in reply.used} == {"p1", "p2"}, "who may not read it any more may not read the draft"


async def test_a_fact_without_a_source_goes_back_to_the_model_with_the_reason(talk):
    talk.says(GOOD.replace("20", "45"), GOOD)
    reply = await talk.ask(ASKED, command="draft")
    assert "the number 45 does not stand in any source" in talk.prompt()
    assert "45" not in reply.text
    assert reply.receipt.kept["text"] == GOOD


async def test_a_fact_that_stays_is_cut_with_its_sentence(talk):
    talk.says(*[f"{GOOD} Lunch costs 12 francs."] * 3)
    reply = await talk.ask(ASKED, command="draft")
    assert reply.receipt.kept["text"] == GOOD


async def test_where_nothing_would_be_left_it_is_marked_visibly(talk):
    talk.says(*["The fire drill of the Bluebell house is on 15 June."] * 3)
    reply = await talk.ask(ASKED, command="draft")
    assert "15 June. *(to be checked)*" in reply.receipt.kept["text"]


async def test_a_draft_without_sources_claims_what_the_request_says(talk):
    talk.pages.confidence = 0.1
    talk.says(
        "The office closes on Friday at 17:00. It opens again on Monday at 8:00.",
        "The office closes on Friday at 17:00.",
    )
    reply = await talk.ask("an announcement that the office closes on Friday at 17:00", command="draft")
    assert reply.receipt.kept["text"] == "The office closes on Friday at 17:00."
    assert reply.sources == ()


async def test_what_fails_is_told_exactly_and_written_again(talk):
    long = GOOD + " Everybody leaves by the stairs, and by the stairs alone, as the fire drill wants it." * 3
    talk.says(long, GOOD)
    reply = await talk.ask(ASKED, command="draft")
    assert "at most 40 words (it has 68)" in talk.prompt()
    assert reply.receipt.kept["unmet"] == []
    assert reply.receipt.kept["text"] == GOOD


async def test_what_is_missing_is_added_and_the_rest_stays(talk):
    talk.says(GOOD, "The assembly point is the garden.")
    reply = await talk.ask(
        'an announcement about the fire drill of the Bluebell house, include the word "garden"', command="draft"
    )
    assert reply.receipt.kept["text"] == f"{GOOD}\n\nThe assembly point is the garden."


async def test_what_could_not_be_met_is_said(talk):
    talk.says(*[GOOD] * 3)
    reply = await talk.ask(
        'an announcement about the fire drill of the Bluebell house with the words "garden"', command="draft"
    )
    assert "⚠️ Could not be met: “garden” at least 1 times (it has 0)" in reply.text
    assert len(talk.server.requests) == 3, "two repairs, no more"


async def test_a_model_that_repeats_itself_without_end_has_written_what_came_before(talk):
    talk.says(*[f"{GOOD} {'Leave by the stairs. ' * 100}"] * 3)
    reply = await talk.ask(ASKED, command="draft")
    text = reply.receipt.kept["text"]
    assert text.startswith(GOOD)
    assert text.count("Leave by the stairs.") <= 1


async def test_no_repairs_where_the_settings_want_none(talk):
    talk.plugin = Drafting(repairs=0)
    talk.says(GOOD)
    reply = await talk.ask(
        'an announcement about the fire drill of the Bluebell house with the words "garden"', command="draft"
    )
    assert "Could not be met" in reply.text
    assert len(talk.server.requests) == 1


@pytest.mark.parametrize("said", ["", "an announcement", "公告", "please write it"])
async def test_who_says_nothing_to_write_about_is_shown_an_example(talk, said):
    reply = await talk.ask(said, command="draft")
    assert reply.outcome is Outcome.REFUSED
    assert "draft: " in reply.text
    assert talk.server.requests == []


@pytest.mark.parametrize(
    "said", ["Summarize this", "can you sum up the above, please?", "帮我总结一下", "總結一下上面的內容"]
)
async def test_what_is_at_hand_without_a_name_is_the_thread(talk, said):
    talk.says(*["Bob found the leak in valve 7."] * 3)
    await talk.ask(said, thread=("The leak is in valve 7", "I close it on Friday"))
    assert "> The leak is in valve 7\n> I close it on Friday" in talk.prompt()


async def test_the_thread_is_summarised_as_its_readers_see_it(talk):
    talk.says("Bob found the leak in valve 7. Ann closes it on Friday.")
    reply = await talk.ask("summarise this thread", thread=("The leak is in valve 7", "I close it on Friday"))
    assert "> The leak is in valve 7\n> I close it on Friday" in talk.prompt()
    assert "Fire drill" not in talk.prompt(), "what the documents say was not said here"
    assert reply.receipt.kept["kind"] == "summary"


async def test_what_an_answer_was_made_from_stands_behind_its_summary_and_every_later_version(talk):
    """A page, the other side of a contradiction, and what a tool found: each says who may read it."""
    side, result = replace(DRILL, id="p9", grant="room:C9"), result_of("tool:1:room:C8")
    talk.past.append(Past((DRILL,), "When is the fire drill?", GOOD, "en", plugin="faq", also=(side, result)))
    talk.says("The fire drill is on 14 May.", "The drill is on 14 May.")
    for words in ("summarise this conversation", "shorter", "back to version 1"):
        reply = await talk.ask(words)
        assert {"p1", "p9", "tool:1:room:C8"} <= {p.id for p in reply.used}, words
        assert {p.grant for p in reply.used} >= {"room:C8", "room:C9"}


async def test_what_nobody_said_in_the_thread_is_not_in_its_summary(talk):
    talk.says(*["The leak is in valve 7. It costs 900 francs."] * 3)
    reply = await talk.ask("总结这个讨论", thread=("The leak is in valve 7",))
    assert "900" not in reply.text


async def test_without_a_thread_it_says_how_to_get_a_summary(talk):
    reply = await talk.ask("summarise this thread")
    assert (reply.outcome, reply.reason) == (Outcome.REFUSED, "there is no thread to be read")


@pytest.mark.parametrize("said", ["summary of the attached file, please", "Summarize this"])
async def test_a_file_is_summarised_and_nothing_of_it_is_kept_as_a_passage(talk, said):
    talk.says("The boiler was serviced on 3 March.")
    reply = await talk.ask(
        said,
        command="draft",
        files=(Attached("boiler.txt", ("The boiler was serviced on 3 March.",)),),
    )
    assert "[1] boiler.txt" in talk.prompt()
    assert [(s.title, s.attached) for s in reply.sources] == [("boiler.txt", True)]
    assert {p.id for p in reply.used} == {"p2"}, "the house style alone"
    assert reply.files[0].how == "whole"


async def test_a_whole_document_is_summarised_as_far_as_this_audience_may_read_it(talk):
    more = Passage("p3", "d1", "drill.md", "Fire drill", "Fire drill", "", "The alarm is a bell.", "en", "workspace")
    secret = Passage("p4", "d1", "drill.md", "Fire drill", "Fire drill", "", "The code is 4711.", "en", "room:board")
    talk.pages.pages = (DRILL, more, secret)
    talk.says("The fire drill takes 20 minutes.")
    await talk.ask("a summary of the fire drill page", command="draft")
    assert "The alarm is a bell." in talk.prompt()
    assert "4711" not in talk.prompt()


async def test_in_a_story_only_the_form_is_checked(talk):
    talk.says("Once, in 1742, Aurelia met 300 dragons.")
    reply = await talk.ask("a story about a brave princess, at most 20 words", command="draft")
    assert "1742" in reply.text
    assert "to be checked" not in reply.text.lower()


async def test_facts_of_a_free_text_without_sources_are_listed_below(talk):
    talk.pages.confidence = 0.0
    talk.says("Tea came to Europe in 1610.")
    reply = await talk.ask("an article about the history of tea", command="draft")
    assert reply.receipt.kept["text"] == "Tea came to Europe in 1610."
    assert "To be checked, since it stands in no source (1): “Tea came to Europe in 1610.”" in reply.text


async def test_far_more_than_the_model_can_write_is_not_promised(talk):
    talk.server.context = 2_048
    talk.says(*["Tea is a plant. " * 30] * 3)
    reply = await talk.ask("an article about tea with at least 90,000 words", command="draft")
    assert "Could not be met: at least 90,000 words" in reply.text


async def test_json_is_shown_in_a_fence(talk):
    talk.says('Here it is:\n```json\n{"tea": "is a plant"}\n```')
    reply = await talk.ask("a note about tea as a plant, in JSON", command="draft")
    assert '```json\n{"tea": "is a plant"}\n```' in reply.text


async def test_addresses_of_the_asker_may_stand_in_the_draft_and_no_others(talk):
    talk.says("Register at https://acme.example/drill now.")
    reply = await talk.ask("an announcement about registering at https://acme.example/drill now", command="draft")
    assert reply.links[:1] == ("https://acme.example/drill",)
    assert "evil" not in "".join(reply.links)


async def test_without_a_model_it_says_so_and_while_it_is_away_it_waits(talk):
    nobody = Talk(talk.server, None)
    assert (await nobody.ask(ASKED, command="draft")).reason == "there is no model"

    away = Talk(talk.server, ServedModel(ModelSettings(use="vllm", url="http://127.0.0.1:9/v1")))
    with pytest.raises(Queued):
        await away.ask(ASKED, command="draft")
    await away.model.close()


async def test_what_the_conversation_keeps_is_what_the_contract_says(talk):
    talk.says(GOOD)
    kept = (await talk.ask(ASKED, command="draft")).receipt.kept
    assert set(kept) == {"kind", "version", "text", "title", "request", "unmet"}
    assert kept["request"] == understood(ASKED).as_json()
    assert kept["title"].startswith("The fire drill")


@pytest.mark.parametrize(
    "said",
    [
        "write an announcement that we move",
        "Please draft a reply to this customer",
        "summarise this thread",
        "写一份公告：周五停电",
        "请总结这个讨论",
        "写一份关于如何申请年假的通知",
        "写一封邮件通知大家如何领取工牌",
        "可以写一个公告吗",
        "写通知：周五停电",
        "can you write an announcement about the move?",
        "prepare a notice about the drill",
        "Write letters to our customers",
    ],
)
async def test_plain_words_that_ask_for_a_draft_are_enough(talk, said):
    talk.model = None
    assert (await talk.ask(said)).outcome is Outcome.REFUSED


@pytest.mark.parametrize(
    "said",
    [
        "How do I write release notes?",
        "公告在哪里？",
        "写通知的模板在哪",
        "给我写通知的权限",
        "Can you write emails?",
        "prepare for the notice period",
        "Prepare a notice period: how long is it?",
        "prepare my laptop for the new post",
        "write down the article number where?",
    ],
)
async def test_questions_about_texts_are_questions(talk, said):
    assert (await talk.ask(said)).text.startswith("others:")


async def test_what_was_to_be_checked_is_not_believed_in_the_next_version(talk):
    talk.says(*["The fire drill of the Bluebell house is on 15 June."] * 3)
    await talk.ask(ASKED, command="draft")
    talk.says(*["On 15 June is the fire drill of the Bluebell house."] * 3)
    reply = await talk.ask("more formal")
    assert "*(to be checked)*" in reply.receipt.kept["text"]
