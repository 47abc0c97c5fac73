"""Questions that say too little, and what is meant by a reply to the question back."""

import pytest

from engine.clarify import alternatives, completed, name, points_at_nothing
from engine.prompt import Past
from engine.types import Found, Passage


def passage(title: str, text: str, *, heading: str = "", score: float = 0.9, language: str = "en") -> Passage:
    return Passage(title, title, f"{title}.md", title, heading, "", text, language, "workspace", score)


LAPTOP = passage("Laptop password", "A laptop password is reset at the kiosk.")
WIFI = passage("Wi-Fi password", "A Wi-Fi password is reset in the portal.", score=0.85)
GREETED = Past((), "Hi there", "Hello! Ask me anything.", "en")
TALKED = Past((LAPTOP,), "Where is the laptop kiosk?", "In the lobby. [1]", "en")
ASKED_BACK = Past((LAPTOP, WIFI), "How do I reset my password?", "Do you mean …?", "en", asked_back=True)


@pytest.mark.parametrize(("question", "word"), [
    ("How do I reset it?", "it"),
    ("How long is it valid?", "it"),
    ("Where can I get one of those?", "those"),
    ("What about managers?", "What about"),
    ("怎么重置它?", "它"),
    ("这个多少钱?", "这个"),
    ("那个在哪里办?", "那个"),
])  # fmt: skip
def test_a_question_that_names_nothing_points_at_nothing(question: str, word: str) -> None:
    assert points_at_nothing(question, ()) == word
    assert points_at_nothing(question, (GREETED,)) == word
    assert not points_at_nothing(question, (TALKED,))


@pytest.mark.parametrize("question", [
    "How many weeks of parental leave are there?",
    "How do I reset my password?",
    "Is it allowed to bring a dog into the office?",
    "When does the parking garage open, and is it free?",
    "VPN certificates",
    "Which rolls do the label printers use?",
    "年假申请要提前多久提交?",
    "这个月的报销最晚什么时候交?",
    "API 密钥过期后它会自动失效吗?",
    "如何退货?",
])  # fmt: skip
def test_a_question_that_names_its_subject_does_not(question: str) -> None:
    assert not points_at_nothing(question, ())


def found(*passages: Passage) -> Found:
    return Found("", passages, True, 0.9)


def test_two_passages_that_answer_the_same_for_different_things_are_alternatives() -> None:
    assert alternatives("How do I reset my password?", found(LAPTOP, WIFI)) == (LAPTOP, WIFI)


@pytest.mark.parametrize(("question", "other"), [
    ("How do I reset my laptop password?", WIFI),  # the question chooses
    ("How do I reset my Wi-Fi password?", WIFI),
    ("How do I reset my password?", passage("Wi-Fi password", WIFI.text, score=0.3)),  # it is far behind
    ("How do I reset my password?", passage("Laptop password", "Reset at the kiosk.")),  # the same thing twice
    ("How do I reset my password?", passage("Kiosk", "A password is reset at the kiosk.")),  # its heading is of else
    ("How do I reset my password?", passage("密码", "重置密码 password", language="zh")),  # the same in Chinese
    ("Why must my password be reset each month, who decided it, and was the council asked?", WIFI),  # it says enough
])  # fmt: skip
def test_others_are_not(question: str, other: Passage) -> None:
    assert alternatives(question, found(LAPTOP, other)) == ()


def test_three_that_fit_alike_are_what_the_question_is_about() -> None:
    door = passage("Door password", "The password of the door is reset at the gate.", score=0.84)

    assert alternatives("How do I reset my password?", found(LAPTOP, WIFI, door)) == ()


def test_neither_are_parts_of_a_series() -> None:
    weeks = [passage("Move", f"The move takes place on day {n}.", heading=f"Move > Move, week {n}") for n in (15, 17)]

    assert alternatives("What is planned for the move?", found(*weeks)) == ()


def test_in_chinese_too() -> None:
    laptop = passage("笔记本电脑密码", "在自助机上重置密码。", language="zh")
    wireless = passage("无线网络密码", "在门户网站重置密码。", score=0.85, language="zh")

    assert alternatives("怎么重置密码?", found(laptop, wireless)) == (laptop, wireless)
    assert alternatives("怎么重置无线网络密码?", found(wireless, laptop)) == ()


def test_sections_of_one_page_may_be_alternatives_too() -> None:
    linux = passage("Agent", "Install the agent with apt.", heading="Agent > Install on Linux")
    mac = passage("Agent", "Install the agent with brew.", heading="Agent > Install on macOS", score=0.88)

    assert alternatives("How do I install the agent?", found(linux, mac)) == (linux, mac)
    assert (name(linux), name(mac)) == ("Install on Linux", "Install on macOS")


@pytest.mark.parametrize(("reply", "meant"), [
    ("the Wi-Fi one", "How do I reset my password? the Wi-Fi one"),
    ("The second one.", "How do I reset my password? Wi-Fi password"),
    ("1", "How do I reset my password? Laptop password"),
    ("前者", "How do I reset my password? Laptop password"),
    ("When does the garage in the new building open on a public holiday?", ""),
])  # fmt: skip
def test_a_reply_to_the_question_back_completes_it(reply: str, meant: str) -> None:
    assert completed(reply, (TALKED, ASKED_BACK)) == meant
    assert completed(reply, (ASKED_BACK, TALKED)) == ""
