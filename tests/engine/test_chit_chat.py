"""Small talk that is told by its words: each kind in both languages, and what only looks like it."""

import pytest

from engine.chit_chat import is_elsewhere, kind_of


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
    ],
)
def test_a_question_is_none_however_it_begins(text):
    assert kind_of(text) == ""


@pytest.mark.parametrize(
    "text", ["What's the weather like today?", "please tell me a joke about cats", "今天天气怎么样"]
)
def test_what_no_document_is_asked_for_is_known(text):
    assert is_elsewhere(text)


@pytest.mark.parametrize(
    "text", ["Is there a weather policy for outdoor work?", "高温天气有补贴吗？", "Who won the tender?"]
)
def test_what_a_document_may_hold_is_not(text):
    assert not is_elsewhere(text)
