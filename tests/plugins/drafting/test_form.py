"""What is said about form in a request is understood, verified, and put right where that needs no model."""

import json
import time

import pytest

from plugins.drafting.checks import wrong
from plugins.drafting.limit import Limit
from plugins.drafting.limits import read
from plugins.drafting.mending import cleaned, mended
from plugins.drafting.parts import parts
from plugins.drafting.request import Request, understood
from plugins.drafting.translation_request import wanted

TEXT = """\
# Fire drill

The office closes on Friday. Please leave by the stairs, and take your coat.

Thank you. See you on Monday."""


@pytest.mark.parametrize(
    ("said", "limits"),
    [
        ("at most 80 words", [Limit("words", 80, "most")]),
        ("fewer than 80 words", [Limit("words", 79, "most")]),
        ("300+ words", [Limit("words", 300, "least")]),
        ("a 200-word article", [Limit("words", 200, "about")]),
        ("80字以内", [Limit("words", 80, "most")]),
        ("200到300字", [Limit("words", 200, "least"), Limit("words", 300, "most")]),
        ("不少于三段", [Limit("paragraphs", 3, "least")]),
        ("a post of 280 characters at most", [Limit("characters", 280, "most")]),
        ("不多于300字", [Limit("words", 300, "most")]),
        ("不低于200字", [Limit("words", 200, "least")]),
        ("不高于300字", [Limit("words", 300, "most")]),
        ("控制在100字内", [Limit("words", 100, "most")]),
        ("控制在100字左右", [Limit("words", 100, "about")]),
        ("字数不超过100", [Limit("words", 100, "most")]),
        ("不超過300字", [Limit("words", 300, "most")]),
        ("100字以內", [Limit("words", 100, "most")]),
        ("not over 60 words", [Limit("words", 60, "most")]),
        ("not under 60 words", [Limit("words", 60, "least")]),
        ("over 60 words", [Limit("words", 61, "least")]),
        ("not only be over 60 words", [Limit("words", 61, "least")]),
        ("max. 100 words", [Limit("words", 100, "most")]),
        ("max 60 words", [Limit("words", 60, "most")]),
        ("a minimum of 60 words", [Limit("words", 60, "least")]),
        ("no longer than 60 words", [Limit("words", 60, "most")]),
        ("not longer than 60 words", [Limit("words", 60, "most")]),
        ("do not exceed 60 words", [Limit("words", 60, "most")]),
        ("no longer than five sentences", [Limit("sentences", 5, "most")]),
        ("forbidden words: cheap, free", [Limit("forbidden", options=("cheap", "free"))]),
        ("禁用词：便宜、免费", [Limit("forbidden", options=("便宜", "免费"))]),
        ("don't use emojis", [Limit("no_emoji")]),
        ("不要使用表情符號", [Limit("no_emoji")]),
        ("以「謝謝」結尾", [Limit("ending", text="謝謝")]),
        ("列出5個要點", [Limit("bullets", 5, "exactly")]),
        ("不要出現「免費」", [Limit("forbidden", options=("免費",))]),
        ("必須提到「停電」", [Limit("keyword", 1, "least", "停電")]),
        ("it must not be more than 60 words", [Limit("words", 60, "most")]),
        ("it should not be over 60 words", [Limit("words", 60, "most")]),
        ("don't write more than 60 words", [Limit("words", 60, "most")]),
        ("don't go over 60 words", [Limit("words", 60, "most")]),
        ("not to exceed 60 words", [Limit("words", 60, "most")]),
        ("keep it to 60 words", [Limit("words", 60, "most")]),
        ("<= 60 words", [Limit("words", 60, "most")]),
        ("60 words minimum", [Limit("words", 60, "least")]),
        ("no fewer than 60 words", [Limit("words", 60, "least")]),
        ("must not be shorter than 60 words", [Limit("words", 60, "least")]),
        ("不要多过60字", [Limit("words", 60, "most")]),
        ("不大于60字", [Limit("words", 60, "most")]),
        ("不小于60字", [Limit("words", 60, "least")]),
        ("限60字", [Limit("words", 60, "most")]),
        ("字数上限为60字", [Limit("words", 60, "most")]),
        ("不多於60字", [Limit("words", 60, "most")]),
        ("字數60以內", [Limit("words", 60, "most")]),
        ("至少三個條目", [Limit("bullets", 3, "least")]),
        ("不少於三個段落", [Limit("paragraphs", 3, "least")]),
        ("標題用雙尖括號", [Limit("title")]),
        ("in three sentences", [Limit("sentences", 3, "exactly")]),
        ("with exactly 4 bullet points", [Limit("bullets", 4, "exactly")]),
        ("列出5个要点", [Limit("bullets", 5, "exactly")]),
        ('do not mention "layoffs" or "cuts"', [Limit("forbidden", options=("layoffs", "cuts"))]),
        ("不要出现“抱歉”、“遗憾”", [Limit("forbidden", options=("抱歉", "遗憾"))]),
        (
            'include the keywords "cache" and "proxy"',
            [Limit("keyword", 1, "least", "cache"), Limit("keyword", 1, "least", "proxy")],
        ),
        ("必须包含关键词“停电”", [Limit("keyword", 1, "least", "停电")]),
        ("the word coffee should appear at least 3 times", [Limit("keyword", 3, "least", "coffee")]),
        ("no emoji, no commas", [Limit("no_commas"), Limit("no_emoji")]),
        ("全部小写", [Limit("lowercase")]),
        ("with all letters lowercased", [Limit("lowercase")]),
        ("in all capital letters", [Limit("uppercase")]),
        ("in Chinese", [Limit("language", text="zh")]),
        ("用英文", [Limit("language", text="en")]),
        ('end with the phrase "See you there."', [Limit("ending", text="See you there.")]),
        ("以“敬请期待”结尾", [Limit("ending", text="敬请期待")]),
        ("with 3 hashtags", [Limit("letter", 3, "least", "#")]),
        ("as JSON", [Limit("json")]),
    ],
)
def test_what_can_be_verified_is_read_from_the_request(said, limits):
    found, rest = read(f"write something, {said}" if said.isascii() else f"写点什么，{said}")
    assert list(found) == limits
    assert said not in rest


@pytest.mark.parametrize(
    "said",
    [
        "the office closes at 17:00 for 3 days",
        "version 2.1 fixes 14 errors",
        "会议在3楼举行，共5人",
        "announce that the password must have at least 12 characters",
        "reviews need at least 50 words",
        "we now answer in Chinese",
        "the 3 sections of the handbook were updated",
        "we now support JSON export",
        "lower case studies",
        "3 words to describe the year",
        "说密码至少12个字符",
        "the plan allows 200 words a day",
        "essays of at least 500 words are welcome",
        "the form accepts up to 500 characters",
        "our handbook has 3 sections now",
        "passwords must be at least 12 characters long",
        "the password rules (at least 12 characters)",
        "fixed a crash with messages of more than 4000 characters",
        "comments can now have up to 500 words",
        "the 5 paragraphs of the old contract end",
        "套餐每天可翻译200字",
        "旧合同的5个段落失效",
    ],
)
def test_facts_are_no_limits(said):
    assert read(f"an announcement: {said}")[0] == ()


@pytest.mark.parametrize(
    ("said", "count"),
    [
        ("announce that the office closes on Friday, at most 80 words", 80),
        ("an e-mail that says that we move in at most 80 words", 80),
        ("a post that has at most 80 words", 80),
        ("your response needs at least 80 words", 80),
        ("写公告，说周五停电，80字以内", 80),
        ("three reviews of 80 words", 80),
        ("a letter of 80 words", 80),
        ("写一篇关于茶的80字文章", 80),
        ("an announcement on the password rules (at least 12 characters), at most 80 words", 80),
    ],
)
def test_behind_the_content_limits_are_limits(said, count):
    assert [limit.count for limit in read(said)[0]] == [count]


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ("Don't mention the price", ("price",)),
        ("It should not mention the price or the date.", ("price", "date")),
        ("Avoid the word cheap", ("cheap",)),
        ("Avoid words like cheap and free.", ("cheap", "free")),
        ("Skip the word cheap.", ("cheap",)),
        ("Leave out the price.", ("price",)),
        ("Avoid mentioning layoffs", ("layoffs",)),
        ("There must be no mention of the word cheap", ("cheap",)),
        ("Do not include keywords ['cheap', 'free']", ("cheap", "free")),
        ("不要提到价格", ("价格",)),
        ("不要提價格和日期", ("價格", "日期")),
        ("避免使用便宜这个词", ("便宜",)),
        ("不要包含关键词：便宜、免费", ("便宜", "免费")),
    ],
)
def test_what_is_not_to_be_said_is_forbidden_and_never_demanded(said, words):
    limits = understood(f"Write an announcement about the new parking garage. {said}").limits
    assert [one.options for one in limits if one.what == "forbidden"] == [words]
    assert not [one for one in limits if one.what in {"keyword", "point"}]
    assert all(word not in one.text for one in limits if one.what == "says" for word in words)


@pytest.mark.parametrize(
    "said", ["don't mention that we are late again this year", "without mentioning who pays for it", "不必提到价格"]
)
def test_what_is_not_to_be_said_is_no_part_of_what_is_told(said):
    [says] = [one.text for one in understood(f"Write an announcement: the garage opens, {said}").limits]
    assert says == "the garage opens"


def test_a_request_in_traditional_characters_is_understood_as_in_simplified_ones():
    asked = understood("寫一封給新員工的信，語氣親切，至少三個段落，標題用雙尖括號，不要提到價格")
    assert (asked.tone, asked.audience) == ("親切", "新員工")
    assert {one.what for one in asked.limits} == {"paragraphs", "title", "forbidden"}
    assert understood("歸納這個討論").kind == "summary"
    assert understood("歸納這個討論").about_thread


@pytest.mark.parametrize(
    ("limit", "met", "missed"),
    [
        (Limit("words", 4, "most"), "one two three four", "one two three four five"),
        (Limit("words", 4, "least"), "停电通知", "停电"),
        (Limit("words", 100, "about"), "a " * 110, "a " * 120),
        (Limit("sentences", 2, "exactly"), "One e.g. this. Two!", "One. Two. Three."),
        (Limit("paragraphs", 2, "exactly"), "a\n\nb", "a\nb"),
        (Limit("paragraphs", 2, "exactly", "***"), "a\n***\nb", "a\n\nb"),
        (Limit("bullets", 2, "exactly"), "* a\n- b", "* a"),
        (Limit("forbidden", options=("cut",)), "We cutter.", "We cut it."),
        (Limit("forbidden", options=("裁员",)), "公司调整", "公司裁员"),
        (Limit("keyword", 2, "least", "tea"), "Tea, tea.", "Tea, steam."),
        (Limit("letter", 1, "most", "q"), "queen", "Quick queen"),
        (Limit("title"), "<<Tea>>\nx", "Tea\nx"),
        (Limit("lowercase"), "tea at https://A.example/B", "Tea"),
        (Limit("capital_words", 2, "least"), "TEA and CAKE", "I and TEA"),
        (Limit("highlights", 2, "least"), "*a* and **b**", "* a\n* b"),
        (Limit("placeholders", 1, "least"), "[name]", "[1]"),
        (Limit("first_word", 2, "exactly", "Tea"), "a\n\nTea is.", "a\n\nThe tea."),
        (Limit("sections", 2, "least", "Part"), "Part 1\na\nPart 2", "Part one"),
        (Limit("ending", text="Bye."), 'Tea. bye."', "Bye. Tea."),
        (Limit("json"), '```json\n{"a": 1}\n```', "a: 1"),
        (Limit("two"), "a\n******\nb", "a\n******\na"),
        (Limit("one_of", options=("Yes.", "No.")), "No.", "No, never."),
        (
            Limit("language", text="de"),
            "Das ist ein Text und er ist nicht lang, der Text.",
            "This is a text and it is not a long one.",
        ),
        (Limit("language", text="zh"), "今天停电，请注意。", "Today there is no power."),
        (Limit("language", text="ko"), "안녕하세요 여러분", "Hello everybody here"),
        (
            Limit("point", text="the garage stays open until 20:00"),
            "The garage is open till 20:00.",
            "The garage is open.",
        ),
    ],
)
def test_each_limit_is_verified(limit, met, missed):
    assert wrong(limit, met) == ""
    assert wrong(limit, missed)


@pytest.mark.parametrize(
    "limit",
    [
        Limit("title"),
        Limit("lowercase"),
        Limit("uppercase"),
        Limit("no_commas"),
        Limit("quoted"),
        Limit("json"),
        Limit("paragraphs", 2, "exactly"),
        Limit("paragraphs", 4, "exactly", "***"),
        Limit("sections", 2, "least", "Part"),
        Limit("highlights", 3, "least"),
        Limit("capital_words", 3, "least"),
        Limit("ending", text="Bye now."),
        Limit("repeat", text="Write of a fire drill."),
    ],
    ids=lambda limit: limit.what,
)
def test_form_is_put_right_without_the_model(limit):
    assert wrong(limit, TEXT)
    assert wrong(limit, mended(TEXT, [limit])) == ""


@pytest.mark.parametrize(
    "limit",
    [
        Limit("words", 15, "most"),
        Limit("sentences", 3, "most"),
        Limit("forbidden", options=("coat",)),
        Limit("bullets", 2, "exactly"),
        Limit("letter", 0, "most", "k"),
        Limit("postscript", text="P.S."),
        Limit("placeholders", 2, "least"),
    ],
    ids=lambda limit: limit.what,
)
def test_sentences_are_given_up_only_as_a_last_resort(limit):
    assert mended(TEXT, [limit]) == TEXT
    assert wrong(limit, mended(TEXT, [limit], last=True)) == ""


def test_what_would_take_most_of_the_text_is_not_cut():
    limit = Limit("letter", 0, "most", "e")
    assert mended(TEXT, [limit], last=True) == TEXT


def test_several_repairs_do_not_undo_each_other():
    limits, _ = read(
        'all lowercase, no commas, wrap it in double quotation marks, end with the phrase "ask at the desk"'
    )
    assert len(limits) == 4
    text = mended(TEXT, limits)
    assert [wrong(limit, text) for limit in limits] == [""] * 4
    assert text.endswith('ask at the desk"')


@pytest.mark.parametrize(
    "said",
    [
        "Sure, here is the announcement:\n\nThe office closes.",
        "```markdown\nThe office closes.\n```",
        "The office closes.\n\nLet me know if you need any changes!",
        "好的，以下是公告：\n\nThe office closes.",
        "<think>hm</think>The office closes.",
    ],
)
def test_what_the_model_says_around_a_draft_goes(said):
    assert cleaned(said) == "The office closes."


@pytest.mark.parametrize(
    ("said", "kind"),
    [
        ("an announcement that we move", "announcement"),
        ("发布说明：修复了登录错误", "release_note"),
        ("reply to this customer, politely", "reply"),
        ("总结这个讨论", "summary"),
        ("summarise this thread", "summary"),
        ("a tweet on our summary of the year", "post"),
        ("blog post about tea", "article"),
        ("a poem about tea", "tale"),
        ("a plan for the week", "text"),
    ],
)
def test_the_kind_is_understood(said, kind):
    assert understood(said).kind == kind


def test_readers_tone_points_and_a_pasted_text_are_understood():
    asked = understood(
        "Friendly reply for customers, at most 50 words. Must mention: the new tracking page, a refund of 10 francs\n"
        "```\nWrite 900 words! Where is my parcel?\n```"
    )
    assert (asked.tone, asked.audience) == ("friendly", "customers")
    assert asked.given == "Write 900 words! Where is my parcel?"
    assert [x.text for x in asked.limits if x.what == "point"] == ["the new tracking page", "a refund of 10 francs"]
    assert [x.count for x in asked.limits if x.what == "words"] == [50], "what was pasted asks for nothing"


@pytest.mark.parametrize(
    ("said", "rule"),
    [
        *((said, read) for said in ("all ", "only ", "1", "all lower", "not ", "“", "no more ")),
        *((said, parts) for said in (" ", "> ", "\t", "|")),
        *((said, lambda text: wanted(f"translate {text}")) for said in ("“", "「a", '"a', "please ")),
        ("```", lambda text: understood(f"announcement {text}")),
    ],
)
def test_long_repeats_are_read_step_by_step(said, rule):
    """Three times as much of it takes about three times as long, and not nine times."""

    def seconds(length):
        text = (said * length)[:length] + " x"
        started = time.thread_time()
        rule(text)
        return time.thread_time() - started

    assert min(seconds(12_000) for _ in range(2)) < 5 * min(seconds(4_000) for _ in range(2)) + 0.1


def test_a_request_is_kept_as_json_and_read_again():
    asked = understood("公告：周五停电，80字以内，不要出现“抱歉”")
    assert Request.of(json.loads(json.dumps(asked.as_json()))) == asked
