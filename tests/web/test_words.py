"""What the page says comes from the catalogue, whole."""

import re
from pathlib import Path

import bot.web
from bot.web.words import texts

HERE = Path(bot.web.__file__).parent
SCRIPTS = "".join((HERE / name).read_text(encoding="utf-8") for name in ("app.js", "view.js", "words.js"))
PAGE = (HERE / "index.html").read_text(encoding="utf-8")


def test_every_text_of_the_page_can_be_filled_by_its_script():
    """One whose words depend on a value could not: it would be missing."""
    for language, told in texts().items():
        written = (HERE.parent / "phrases" / "web" / f"{language}.ftl").read_text(encoding="utf-8")
        assert set(told) == set(re.findall(r"^(\w+) =", written, re.MULTILINE))


def test_the_page_uses_the_texts_that_there_are_and_all_of_them():
    named = set(re.findall(r"\bwords\.(?!js\b)(\w+)", SCRIPTS))
    named |= set(re.findall(r'data-(?:word|label|placeholder)="(\w+)"', PAGE))
    named |= {
        a.replace(".", "_") for a in re.findall(r'"(helpful|not_helpful|person|draft\.\w+)"', SCRIPTS)
    }  # buttons, by the name of what they do
    told = {name for name in texts()["en"] if not name.startswith("error_")}

    assert named - {"error_other"} == told


def test_what_the_page_shows_before_its_script_runs_is_what_it_says_in_english():
    english = texts()["en"]
    shown = re.findall(r'data-word="(\w+)"[^>]*>([^<]+)<', PAGE)

    assert shown
    assert {name: text for name, text in shown if english[name] != text.strip()} == {}


def test_a_value_stands_in_the_texts_that_take_one():
    assert texts()["zh-TW"]["source"] == "來源 {n}"
