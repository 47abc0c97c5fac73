"""Small talk that is told by its words: each kind in both languages, and what only looks like it."""

import pytest

from engine.chit_chat import contradicts, is_elsewhere, kind_of, wants_person


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("Thanks a lot for your help!", "thanks"),
        ("谢谢你的帮助", "thanks"),
        ("感謝您！", "thanks"),
        ("bye, see you tomorrow", ""),
        ("See you tomorrow!", "bye"),
        ("再见！", "bye"),
        ("How are you today?", "how"),
        ("你好吗？", "how"),
        ("Hi, who are you?", "who"),
        ("你是谁呀？", "who"),
        ("What's your name?", "who"),
        ("您叫什么名字？", "who"),
        ("Are you a real person?", "bot"),
        ("Am I talking to a bot", "bot"),
        ("你是机器人还是真人？", "bot"),
        ("What can you do?", "can"),
        ("你能帮我做什么？", "can"),
        ("Tell me a joke", "fun"),
        ("讲个笑话", "fun"),
        ("help me", "help"),
        ("Help!", "help"),
        ("救命！", "help"),
        ("新年快乐！", "wish"),
        ("Happy new year everyone", "wish"),
        ("您好,请问", "greeting"),
        ("您好，請問", "greeting"),
        ("you suck", "fun"),
    ],
)
def test_a_whole_message_of_small_talk_has_its_kind(text, kind):
    assert kind_of(text) == kind


@pytest.mark.parametrize(
    "text",
    [
        "What can you do about refunds?",
        "Thanks, and how do I renew it?",
        "Who are you allowed to forward tickets to?",
        "How are you billed?",
        "Are you a member of the works council?",
        "你能做什么来退款？",
        "关于退款你能做什么？",
        "谢谢，那年假怎么申请？",
        "你们公司是谁创立的？",
        "再见到客户时要带什么资料？",
        "help me with my parking permit",
        "请问年假怎么申请？",
        "where are you located?",
        "你们公司在哪里",
        "新年快乐的红包怎么领？",
    ],
)
def test_a_question_is_none_however_it_begins(text):
    assert kind_of(text) == ""


@pytest.mark.parametrize(
    "text",
    [
        "What's the weather like today?",
        "please tell me a joke about cats",
        "今天天气怎么样",
        "What's the weather in Paris?",
        "What time is it?",
        "现在几点了？",
        "set a timer for 5 minutes",
        "Will it rain tomorrow?",
        "can you sing a song?",
        "who won the election?",
        "给我讲个故事吧",
        "Flip a coin",
        "北京天气怎么样？",
    ],
)
def test_what_no_document_is_asked_for_is_known(text):
    assert is_elsewhere(text)


@pytest.mark.parametrize(
    "text",
    [
        "Is there a weather policy for outdoor work?",
        "高温天气有补贴吗？",
        "Who won the tender?",
        "What time is it open?",
        "现在几点开门?",
        "how do I set a timer on my light?",
        "Will it rain into the light?",
        "who won the election of the works council?",
        "我们公司的歌怎么唱？",
        "What is the weather policy?",
    ],
)
def test_what_a_document_may_hold_is_not(text):
    assert not is_elsewhere(text)


@pytest.mark.parametrize(
    "text",
    ["人工客服", "轉人工", "转人工", "我要转人工", "请帮我转人工客服，谢谢", "人工", "有真人吗？", "我想和真人说话",
     "I want to speak to a person", "Can I talk to a human please?", "I need a real person", "real person",
     "Please connect me to an agent", "talk to someone", "I'd like to speak with a human"],
)  # fmt: skip
def test_a_wish_for_a_person_is_known(text):
    assert wants_person(text)
    assert not kind_of(text)


@pytest.mark.parametrize(
    "text",
    ["Are you a real person?", "人工成本怎么计算？", "人工智能的使用规定", "转人工的流程是什么？", "你是真人吗？",
     "Who may I speak to about my visa?", "How many days can one person take?", "I need a person to sign my form",
     "Can I talk to someone about the pension?", "人工湖在哪里？", "i", "to", "有人吗"],
)  # fmt: skip
def test_a_question_about_people_is_no_such_wish(text):
    assert not wants_person(text)


@pytest.mark.parametrize(
    ("text", "kind"),
    [("thanks, but it does not work", "thanks"), ("谢谢，还是不行", "thanks"), ("where are you located?", "who"),
     ("你们公司在哪里", "who"), ("you suck", "bye")],
)  # fmt: skip
def test_what_a_meaning_is_near_to_is_not_always_what_is_said(text, kind):
    assert contradicts(text, kind)
    assert not contradicts("thank you, bye", kind)


def test_long_messages_take_no_time():
    for text in ("please " * 17, "can you " * 15, "我想要" * 40, "real " * 24, "weather in a " * 9, "x" * 8_000):
        assert not wants_person(text)
        assert not is_elsewhere(text)
