"""A folder of Fluent files: which language is spoken, what is put into a text, and what if something is missing."""

from pathlib import Path

import pytest

from engine.catalogue import Catalogue, Gap

ENGLISH = """\
hello = Hello, { $name }!
files = { $count ->
    [one] one file
   *[other] { $count } files
}
only_here = only in English
led = { " " }and on
"""
CHINESE = """\
hello = 您好，{ $name }！
files = { $count } 个文件
led = 然后
"""


@pytest.fixture
def catalogue(tmp_path: Path) -> Catalogue:
    for language, text in {"en": ENGLISH, "zh": CHINESE, "zh-TW": "hello = { $name }，您好！\n"}.items():
        (tmp_path / f"{language}.ftl").write_text(text, encoding="utf-8")
    return Catalogue(tmp_path)


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("en", "Hello, Ann!"),
        ("zh", "您好，Ann！"),
        ("zh-TW", "Ann，您好！"),
        ("zh-SG", "您好，Ann！"),
        ("fr", "Hello, Ann!"),
        ("", "Hello, Ann!"),
        ("../en", "Hello, Ann!"),
    ],
)
def test_people_are_spoken_to_in_the_nearest_language(catalogue, language, said):
    assert catalogue.say("hello", language, {"name": "Ann"}) == said


@pytest.mark.parametrize(
    ("count", "english", "chinese"),
    [
        (0, "0 files", "0 个文件"),
        (1, "one file", "1 个文件"),
        (2, "2 files", "2 个文件"),
        (12_345, "12,345 files", "12,345 个文件"),
    ],
)
def test_things_are_counted_as_the_language_counts_them(catalogue, count, english, chinese):
    assert catalogue.say("files", "en", {"count": count}) == english
    assert catalogue.say("files", "zh", {"count": count}) == chinese


@pytest.mark.parametrize(
    "value", ["{ $count }", "", "two\n\nlines", "{x", "\u2068", "long " * 2_000, "ends in \\", True, None, Path("a/b")]
)
def test_a_value_is_put_in_as_it_is_with_nothing_around_it(catalogue, value):
    assert catalogue.say("hello", "en", {"name": value}) == f"Hello, {value}!"


def test_what_a_language_lacks_is_told_in_the_next_best_and_our_tests_hear_of_it(catalogue):
    with pytest.warns(RuntimeWarning, match=r"zh-TW\.ftl, files: there is no such text"):
        assert catalogue.say("files", "zh-TW", {"count": 3}) == "3 个文件"
    with pytest.warns(RuntimeWarning, match=r"zh\.ftl, only_here"):
        assert catalogue.say("only_here", "zh", {}) == "only in English"


def test_nobody_is_left_without_an_answer_by_a_name_or_value_that_is_missing(catalogue):
    with pytest.warns(RuntimeWarning, match="nothing_like_it"):
        assert catalogue.say("nothing_like_it", "en", {}) == "nothing_like_it"
    with pytest.warns(RuntimeWarning, match="Unknown external: name"):
        assert catalogue.say("hello", "en", {}) == "Hello, name!"


def test_what_was_prepared_is_parsed_no_more(catalogue, tmp_path):
    catalogue.prepare()
    for file in list(tmp_path.iterdir()):
        file.write_text("hello = something else\n", encoding="utf-8")

    assert [catalogue.say("hello", language, {"name": "Ann"}) for language in ("en", "zh", "zh-TW")] == [
        "Hello, Ann!",
        "您好，Ann！",
        "Ann，您好！",
    ]


def test_spaces_at_the_ends_are_kept_where_they_are_meant(catalogue):
    assert catalogue.say("led", "en", {}) == " and on"


def test_texts_of_words_and_values_are_given_in_pieces(catalogue):
    assert catalogue.pieces("en") == {
        "hello": ("Hello, ", Gap("name"), "!"),
        "only_here": ("only in English",),
        "led": (" ", "and on"),
    }
