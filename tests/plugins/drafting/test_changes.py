"""What is said after a draft: which words change it, and which are a question of their own."""

import pytest

from plugins.drafting.changes import Change, change_of, changed
from plugins.drafting.differences import difference
from plugins.drafting.limit import Limit
from plugins.drafting.request import understood

DRAFT = "The office closes on Friday at five. Please leave by the stairs and take your coats with you."


@pytest.mark.parametrize(
    "said",
    [
        "shorter",
        "Shorter please",
        "make it a bit shorter",
        "more formal",
        "can you make it less formal?",
        "a little friendlier",
        "in Chinese",
        "and now in German please",
        "translate it to English",
        "add a line on parking",
        "remove the second paragraph",
        "replace Friday with Monday",
        "rewrite the opening",
        "too long",
        "use bullet points",
        "without emoji",
        "title: Fire drill",
        "更短",
        "再短一点",
        "更正式一些",
        "翻成英文",
        "用中文",
        "加一句关于停车的话",
        "删掉最后一段",
        "把语气改得友好一些",
        "请精简",
        "标题改成“演习”",
        "it's too long",
        "that's too long",
        "not formal enough",
        "at most 60 words please",
        "50 words",
        "in Chinese and shorter",
        "Looks good, but make it shorter",
        "could it be shorter?",
        "Can this be shorter?",
        "give me a shorter version",
        "another version",
        "try again",
        "It's Thursday, not Friday",
        "The office closes at 18:00, not 17:00",
        "change 17:00 to 18:00",
        "it is Thursday, not Friday",
        "don't write it in English",
        "add that the JSON export is new",
        "merge the two paragraphs",
        "cut 20 words",
        "make the title five words",
        "add a line on how to sign up",
        "把周五改成周四",
        "把时间改成六点",
        "周五改成周四",
        "不是周五，是周四",
        "英文版",
        "再写一版",
        "重新写",
        "不够正式",
        "可以更短吗？",
        "能再短一点吗？",
        "能不能更短",
        "把時間改成六點",
        "再友善一點",
        "加一段",
        "别用英文",
        "第二段用英文",
        "50字以内",
        "加一句怎么报名",
        "标题改成“为什么演习”",
        "I want it shorter",
        "it should be warmer",
        "it is not formal enough",
        "more like a letter",
        "Sound less angry",
        "half as long",
        "I don't like the first sentence",
        'the title should be "Fire drill"',
        "the date is wrong, it's 15 May",
        "simpler words",
        "more details about parking",
        "写长一点",
        "提到停车场",
        "再试一次",
        "还是太长",
        "换个说法",
        "太长了",
        "再来一版",
    ],
)
def test_wishes_change_the_draft(said):
    change = change_of(said, right_after=True)
    assert change is not None
    assert change.back == 0


@pytest.mark.parametrize(
    ("said", "version"),
    [
        ("back to version 2", 2),
        ("go back to v1", 1),
        ("use version 3 again", 3),
        ("the first version", 1),
        ("version 2", 2),
        ("回到第 2 版", 2),
        ("恢复第一版", 1),
        ("用回最初的版本", 1),
        ("undo", -1),
        ("back to the previous version", -1),
        ("撤销", -1),
        ("上一版", -1),
        ("上一個版本", -1),
        ("回復到第一版", 1),
        ("回到第1個版本", 1),
    ],
)
def test_earlier_versions_are_asked_for(said, version):
    assert change_of(said, right_after=True).back == version


@pytest.mark.parametrize(
    "said",
    [
        "How long are certificates valid?",
        "When do we open tomorrow?",
        "Where is the short form?",
        "Is there parking?",
        "年假有几天？",
        "打印机用什么纸",
        "Thanks!",
        "The printer is broken",
        "Who may use the label printer?",
        "怎么申请年假",
        "Return policy?",
        "return an item",
        "no, where is the cafeteria?",
        "Back door code?",
        "use of company cars?",
        "Start date for new hires?",
        "Keep receipts for how long?",
        "Change my password",
        "remove me from the list",
        "Fix the coffee machine on floor 3",
        "title page template?",
        "end of probation",
        "正式员工有几天年假",
        "加班费怎么申请",
        "换工位找谁",
        "改密码怎么改",
        "直接上级是谁",
        "别墅区怎么走",
        "长期病假",
        "详细地址",
        "改签机票流程",
        "What is the refund period?",
        "Who approves travel?",
        "请假要几天?",
        "longer leave",
        "shorter working hours",
        "more vacation days",
        "change of address",
        "cut-off date for expenses",
        "Drop-off point",
        "还是不行",
        "重来访客登记",
    ],
)
def test_a_new_question_is_for_the_others(said):
    assert change_of(said, right_after=True) is None


def test_after_another_question_the_draft_must_be_named():
    assert change_of("shorter", right_after=False) is None
    assert change_of("make the draft shorter", right_after=False)
    assert change_of("回到第 2 版", right_after=False).back == 2, "as the menu of versions says it"


def test_shorter_is_a_limit_of_one_version():
    first = understood("an announcement that the office closes, at most 80 words, no emoji")
    shorter = changed(first, change_of("shorter", right_after=True), DRAFT)
    words = [x for x in shorter.limits if x.what == "words"]
    assert [(x.count, x.relation) for x in words] == [(12, "most")]
    assert Limit("no_emoji") in shorter.limits

    formal = changed(shorter, change_of("more formal", right_after=True), DRAFT)
    assert [x for x in formal.limits if x.what == "words"] == []


def test_a_wish_with_a_number_replaces_the_length_before():
    first = understood("an announcement that the office closes, at most 80 words")
    after = changed(first, change_of("make it at least 100 words", right_after=True), DRAFT)
    assert [(x.count, x.relation) for x in after.limits if x.what == "words"] == [(100, "least")]


@pytest.mark.parametrize(
    "said",
    [
        "add one sentence about parking",
        "加一句关于停车的说明",
        "remove the first two sentences",
        "删掉最后两句",
        "加一段",
        "删掉第二段",
        "merge the two paragraphs",
        "cut 20 words",
        "make the title five words",
        "add that the JSON export is new",
        "第二段用英文",
        "别用中文",
        "don't write it in Chinese",
    ],
)
def test_a_change_of_one_place_is_no_limit_of_the_whole(said):
    first = understood("an announcement, at most 80 words, no emoji")
    after = changed(first, change_of(said, right_after=True), DRAFT)
    assert [limit for limit in after.limits if limit.what != "point"] == list(first.limits)
    assert after.language == "en"


@pytest.mark.parametrize(
    ("said", "count"),
    [
        ("at most 50 words", 50),
        ("50字以内", 50),
        ("make it 50 words", 50),
        ("控制在50字", 50),
        ("改成100字", 100),
        ("cut it to 30 words", 30),
        ("make it 50 words and add a line on lunch", 50),
    ],
)
def test_a_limit_of_the_whole_replaces_the_one_before(said, count):
    first = understood("an announcement, at most 80 words, no emoji")
    after = changed(first, change_of(said, right_after=True), DRAFT)
    assert [x.count for x in after.limits if x.what == "words"] == [count]
    assert Limit("no_emoji") in after.limits


@pytest.mark.parametrize("said", ["change 17:00 to 18:00", "The office closes at 18:00, not 17:00"])
def test_a_fact_that_is_put_right_is_not_demanded_any_more(said):
    first = understood(
        "an announcement that the office closes at 17:00. Key points: closes at 17:00; coats stay inside"
    )
    assert {"says", "point"} & {x.what for x in first.limits}
    after = changed(first, change_of(said, right_after=True), DRAFT)
    assert [x.text for x in after.limits if x.what in ("says", "point")] == ["coats stay inside"]

    told = understood("an announcement that the office closes on Friday")
    assert "says" in {x.what for x in told.limits}
    after = changed(told, change_of("it is Thursday, not Friday", right_after=True), DRAFT)
    assert after.limits == ()


def test_points_are_what_is_said_and_no_count_of_places():
    def points(said):
        after = changed(understood("an announcement"), change_of(said, right_after=True), DRAFT)
        return [x.text for x in after.limits if x.what == "point"]

    assert points("加一段") == []
    assert points("add three hashtags") == []
    assert points("加一句关于停车的说明") == ["停车的说明"]
    assert points("更加正式一点") == []


def test_what_is_to_be_added_is_verified():
    after = changed(
        understood("an announcement"), change_of("add a line on the parking garage", right_after=True), DRAFT
    )
    assert Limit("point", text="the parking garage") in after.limits


def test_another_language_lets_go_of_the_words_of_the_first():
    first = understood('an announcement with the keyword "garage", no emoji')
    after = changed(first, change_of("in Chinese", right_after=True), DRAFT)
    assert (after.language, {x.what for x in after.limits}) == ("zh", {"no_emoji", "language"})


def test_differences_are_told_by_words():
    told = difference("The office closes on Friday.", "The office opens on Friday at nine.")
    assert (told.removed, told.added, told.before, told.now) == (2, 4, 5, 7)
    assert told.places == (("closes", "opens"), ("Friday.", "Friday at nine."))


def test_in_chinese_by_characters_and_markup_is_not_carried_over():
    told = difference("周五停电", "周一停电**了**")
    assert told.places[0] == ("五", "一")
    assert "*" not in "".join(new for _, new in told.places)


def test_what_is_written_anew_shows_no_places():
    assert difference(DRAFT, "办公室周五五点关门。").places == ()


@pytest.mark.parametrize(
    "said",
    [
        "a " * 2_000,
        "不是" * 4_000,
        "can it, " * 1_000,
        "把 改" * 2_000,
        "it, please now " * 500,
        "，再 " * 1_000,
        "请把它" * 1_000,
    ],
)
def test_nothing_that_is_said_takes_long_to_read(said):
    """Every message after a draft comes by here; a pattern that tries each combination would never end."""
    assert change_of(said[:2_000], right_after=True) is None
    assert change_of(f"add {said}"[:2_000], right_after=True), "what is added is the wish"
    changed(understood("an announcement"), Change(f"加 add {said}"[:2_000]), DRAFT)
    understood(said)
