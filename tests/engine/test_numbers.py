"""Numbers are compared by value, however they are written."""

import pytest

from engine.numbers import located, mentioned, stated


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("five working days", {5}),
        ("the fifth of the month", {5}),
        ("五个工作日", {5}),
        ("5 days", {5}),
        ("５ 天", {5}),
        ("twenty-five people", {25}),
        ("two hundred and six", {206}),
        ("1,000 of 3.5", {1000, 3.5}),
        ("06:30", {6, 30}),
        ("二十五天", {25}),
        ("三百零五元", {305}),
        ("二〇二六年", {2026}),
        ("一百二十万元", {1_200_000}),
        ("两小时", {2}),
    ],
)
def test_a_number_is_read_as_its_value(text, values):
    assert stated(text) == values <= mentioned(text)


@pytest.mark.parametrize("text", ["one of them", "万一出错", "十分好", "一般来说", "the tent is tense", "often"])
def test_words_that_only_look_like_numbers_state_none(text):
    assert not stated(text)


def test_a_source_offers_every_value_that_can_be_read_in_it():
    assert {1, 5} <= mentioned("一共五") | mentioned("one")


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("it takes 5 days", [("5", 5)]),
        ("twenty-five people and two hundred dogs", [("twenty-five", 25), ("two hundred", 200)]),
        ("五个工作日, 30天", [("五", 5), ("30", 30)]),
        ("version 1.2.3", []),
        ("一般", []),
        ("", []),
    ],
)
def test_numbers_are_found_where_they_stand(text, found):
    assert [(text[start:end].strip(), value) for start, end, value in located(text)] == found
