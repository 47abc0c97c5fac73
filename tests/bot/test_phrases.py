"""Both languages say the same things."""

import ast
import re
from pathlib import Path

import pytest

from bot.phrases import reason_in_words, say
from bot.phrases.chinese import CHINESE
from bot.phrases.english import ENGLISH


def test_every_phrase_is_there_in_both_languages_with_the_same_gaps():
    def gaps(phrases):
        return {name: sorted(set(re.findall(r"\{(\w+)", text))) for name, text in phrases.items()}

    assert gaps(ENGLISH) == gaps(CHINESE)


def test_other_languages_are_spoken_to_in_english():
    assert say("done", "fr") == "Done."
    assert say("done", "zh") == "完成。"


def test_reasons_are_told_in_the_persons_language_where_we_know_the_words():
    assert reason_in_words("a greeting", "zh") == "问候"
    assert reason_in_words("a greeting", "en") == reason_in_words("a greeting", "") == "a greeting"
    assert reason_in_words("the server fell over", "zh") == "the server fell over"


@pytest.mark.parametrize(
    ("reason", "chinese"),
    [
        ("it is protected by a password", "受密码保护"),
        ("this is a picture, whatever it is called: Markdown and more", "不管叫什么名字，这是图片：可以加载 Markdown"),
        ("the sitemap https://a.test/s.xml could not be read: the page broke off before its end",
         "站点地图 https://a.test/s.xml 无法读取：网页在结束前中断"),
        ("the model did not answer: the best passage was quoted", "模型没有应答：引用了最相符的段落"),
        ("https://a.test/sitemap.xml: 3 listed pages were left out as robots.txt asks",
         "https://a.test/sitemap.xml：按 robots.txt 的要求，列出的网页中有 3 个未加载"),
        ("a{x}.odd cannot be read: {0}", "无法读取 a{x}.odd：{0}"),
    ],
)  # fmt: skip
def test_reasons_with_gaps_are_told_in_chinese_with_what_stands_in_the_gaps(reason, chinese):
    assert reason_in_words(reason, "zh").startswith(chinese)


#: Where people in a conversation are told of it by nobody: the command line and `doctor` alone.
_FOR_OPERATORS = {"bot/onboarding.py", "engine/model/fetch.py", "engine/model/hub.py", "engine/model/serving.py"}
#: What a load, or an answer, ends with or waits for.
_TOLD = {"LoadFailed", "Answered", "Gone", "_Trouble", "hand_off"}


def _reasons():
    """Every reason that stands in the code, its gaps filled with a word."""
    root = Path(__file__).parents[2]
    for file in sorted(f for part in ("engine", "bot", "plugins") for f in (root / part).rglob("*.py")):
        where = str(file.relative_to(root))
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.Call) or not node.args or where in _FOR_OPERATORS:
                continue
            name = getattr(node.func, "id", "") or getattr(node.func, "attr", "")
            said = node.args[0]
            if name in _TOLD and isinstance(said, ast.Constant):
                yield f"{where}:{node.lineno}", str(said.value)
            elif name in _TOLD and isinstance(said, ast.JoinedStr):
                filled = (str(part.value) if isinstance(part, ast.Constant) else "7" for part in said.values)
                yield f"{where}:{node.lineno}", "".join(filled)


def test_whoever_asks_in_chinese_is_told_in_chinese_why_something_was_not_loaded():
    """A new reason needs its Chinese in bot/reasons.py."""
    found = dict(_reasons())
    assert len(found) > 80
    english = {
        where: text for where, text in found.items() if not re.search("[\u4e00-\u9fff]", reason_in_words(text, "zh"))
    }
    assert english == {}
