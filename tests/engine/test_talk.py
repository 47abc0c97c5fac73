"""What kind of talk a message is."""

import pytest

from engine.talk import asks, is_courtesy, is_greeting, is_plea, refers_back


@pytest.mark.parametrize("text", ["hi", "Hello!", "hey there", "你好", "您好！", "Good morning, everyone"])
def test_a_greeting_is_only_a_greeting(text):
    assert is_greeting(text)


@pytest.mark.parametrize("text", ["Hi, how long are certificates valid?", "hello world program", "你好，年假几天？"])
def test_a_greeting_with_a_question_is_a_question(text):
    assert not is_greeting(text)


@pytest.mark.parametrize(
    "text", ["thanks", "Thanks, @Bob!", "ok thanks a lot", "谢谢", "好的", "👍", "great, thank you"]
)
def test_thanks_ask_nothing(text):
    assert is_courtesy(text)
    assert not asks(text)


@pytest.mark.parametrize("text", ["How long?", "can @bob do that", "年假怎么申请", "Which rolls do the printers use"])
def test_a_question_asks(text):
    assert asks(text)
    assert not is_courtesy(text)


@pytest.mark.parametrize(
    "text",
    [
        "How do I renew it?",
        "And for managers?",
        "What about Linux?",
        "它多长时间有效？",
        "那经理呢？",
        "for how long?",
        "Does that also work on Sundays?",
    ],
)
def test_a_follow_up_refers_back(text):
    assert refers_back(text)


@pytest.mark.parametrize(
    "text",
    [
        "Which rolls do the label printers use?",
        "When must expense reports be submitted?",
        "会议室预订最长可以多久?",
        "How long are VPN certificates valid?",
    ],
)
def test_a_question_of_its_own_does_not(text):
    assert not refers_back(text)


@pytest.mark.parametrize(
    "text",
    ["Can you help here?", "any idea?", "@Frontdesk please answer this question", "",
     "Could someone take a look at this?", "帮忙看看", "谁知道怎么回答？", "请回答一下上面的问题", "what do you think"],
)  # fmt: skip
def test_a_plea_says_nothing_about_what(text):
    assert is_plea(text)


@pytest.mark.parametrize(
    "text",
    ["Can you help me reset my VPN?", "any idea where the keys hang?", "Where is the manual?", "帮我重置密码",
     "发票在哪里下载？", "What about Fridays?", "Do you know the opening hours?"],
)  # fmt: skip
def test_a_question_of_its_own_is_no_plea(text):
    assert not is_plea(text)
