"""Both languages say the same things."""

import re

from bot.phrases import _CHINESE, _ENGLISH, reason_in_words, say


def test_every_phrase_is_there_in_both_languages_with_the_same_gaps():
    def gaps(phrases):
        return {name: sorted(set(re.findall(r"\{(\w+)", text))) for name, text in phrases.items()}

    assert gaps(_ENGLISH) == gaps(_CHINESE)


def test_other_languages_are_spoken_to_in_english():
    assert say("done", "fr") == "Done."
    assert say("done", "zh") == "完成。"


def test_reasons_are_told_in_the_persons_language_where_we_know_the_words():
    assert reason_in_words("a greeting", "zh") == "问候"
    assert reason_in_words("a greeting", "en") == reason_in_words("a greeting", "") == "a greeting"
    assert reason_in_words("the server fell over", "zh") == "the server fell over"
