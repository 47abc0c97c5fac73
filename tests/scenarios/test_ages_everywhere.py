"""The age of an old source stands behind it in every list of sources, in the reader's language."""

import time

import pytest

from bot.discord.rendering import final
from bot.output import Output
from bot.slack.posting import final_parts
from bot.terminal import _listed
from bot.web.api import _source
from engine.types import Outcome, Reply, Source

YEAR_S = 365.25 * 86400
NOW = time.time()


def reply(language: str, age_s: float) -> Reply:
    source = Source(1, "Handbook", "", "https://docs.example.com/handbook", "d1", NOW - age_s)
    return Reply(Outcome.ANSWERED, "Yes [1].", language, (source,), 0.9)


def slack(given: Reply) -> str:
    return str([part.blocks for part in final_parts(given, "k")])


def discord(given: Reply) -> str:
    return "\n".join(final(given))


def terminal(given: Reply) -> str:
    return _listed(given.sources[0], given.language)


def command_line(given: Reply) -> str:
    source = {"number": 1, "title": "Handbook", "heading": "", "url": "", "dated": given.sources[0].dated}
    return Output(False, "answer").words({"text": given.text, "language": given.language, "sources": [source]})


@pytest.mark.parametrize("channel", [slack, discord, terminal, command_line])
def test_an_old_source_shows_its_age(channel):
    assert "3 years old" in channel(reply("en", 3.2 * YEAR_S))
    assert "3 年前" in channel(reply("zh", 3.2 * YEAR_S))
    assert "14 months old" in channel(reply("en", 1.2 * YEAR_S))


@pytest.mark.parametrize("channel", [slack, discord, terminal, command_line])
@pytest.mark.parametrize("age_s", [0.1 * YEAR_S, NOW], ids=["young", "undated"])
def test_a_young_or_undated_source_shows_none(channel, age_s):
    shown = channel(reply("en", age_s))
    assert "old" not in shown.replace("bold", "")
    assert "()" not in shown


def test_the_web_page_is_given_the_date_and_says_it_itself():
    assert _source(reply("en", YEAR_S).sources[0])["dated"] == pytest.approx(NOW - YEAR_S)
