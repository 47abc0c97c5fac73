"""Nothing is said that does not stand in a passage."""

import random

import pytest

from engine.grounding import Grounding
from engine.types import Passage


def passage(text: str, *, title: str = "", heading: str = "", language: str = "en") -> Passage:
    return Passage("p", "d", "s", title, heading, "", text, language, "workspace")


VPN = passage(
    "VPN certificates are valid for 90 days and are renewed in the Bluebell portal.", title="VPN certificates"
)
PARKING = passage("The parking garage opens at 06:30. Visitors pay five euros a day.", title="Parking garage")
LEAVE = passage("年假申请须提前五个工作日在海棠系统中提交。员工每年享有十五天年假。", title="年假制度", language="zh")
BACKUP = passage(
    "A backup is restored so:\n\n```sh\nprimrose restore --from latest \\\n    --target standby\nexit 1\n```",
    title="Restoring a backup",
)
ALL = (VPN, PARKING, LEAVE, BACKUP)


def shown(text: str, *passages: Passage, question: str = "") -> str:
    check = Grounding(passages or ALL, question)
    return check.feed(text) + check.flush()


def reason(text: str, *passages: Passage) -> str:
    check = Grounding(passages or ALL)
    assert check.feed(text) + check.flush() == ""
    return check.cut[0].reason


@pytest.mark.parametrize(
    "text",
    [
        "VPN certificates are valid for 90 days [1].",
        "Certificates are valid for 90 days and renewed in the Bluebell portal. [1]",
        "The garage opens at 06:30 [2]. Visitors pay 5 euros a day [2].",
        "年假申请须提前 5 个工作日提交。[3]",
        "每年有十五天年假。[3]",
        "A backup is restored so [4]:",
    ],
)
def test_what_stands_in_the_cited_passage_is_shown(text):
    assert shown(text)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("VPN certificates are valid for 30 days [1].", "30"),
        ("VPN certificates are renewed in the Foxglove portal [1].", "Foxglove"),
        ("VPN certificates are renewed with `vpn renew` [1].", "vpn renew"),
        ("VPN certificates are renewed at https://evil.example/renew [1].", "link"),
        ("The moon is made of cheese [1].", "something else"),
        ("VPN certificates are valid <!channel> [1].", "markup"),
        ("VPN certificates ![x](https://evil.example/i.png) [1].", "markup"),
        ("Cheese is delivered every morning.", "no source"),
        ("年假申请须提前三个工作日提交。[3]", "3"),
        ("VPN certificates are valid for 90 days [9].\n\nCheese is delivered [7].", ""),
    ],
)
def test_what_does_not_stand_there_is_cut_with_the_reason(text, why):
    if why:
        assert why in reason(text)
    else:  # a marker that points nowhere counts as none: the first sentence stands in a passage all the same
        assert shown(text) == "VPN certificates are valid for 90 days. [1]"


def test_a_true_sentence_without_a_marker_is_given_its_own():
    assert shown("VPN certificates are valid for 90 days.") == "VPN certificates are valid for 90 days. [1]"


def test_a_true_sentence_with_the_wrong_marker_is_given_the_right_one():
    assert shown("VPN certificates are valid for 90 days [2].") == "VPN certificates are valid for 90 days. [1]"


def test_an_answer_goes_on_after_what_was_cut():
    text = "VPN certificates are valid for 90 days [1]. Cheese is free. The garage opens at 06:30 [2]."
    assert shown(text) == "VPN certificates are valid for 90 days [1]. The garage opens at 06:30 [2]."


@pytest.mark.parametrize(
    "text",
    [
        "VPN certificates are valid for 90 days [1]. The garage opens at 06:30. [2]\n\n- Visitors pay 5 euros [2].",
        "年假申请须提前 5 个工作日提交。[3]每年有十五天年假[3]。",
        "VPN certificates [1], valid for 90 days [1], are renewed in the Bluebell portal [1].",
    ],
)
def test_what_passes_is_shown_as_the_model_wrote_it(text):
    """It becomes history, and the server has the model's own words in its cache."""
    assert shown(text) == text


@pytest.mark.parametrize(
    ("text", "mended"),
    [
        ("The garage opens at 06:30 [2, 9].", "The garage opens at 06:30. [2]"),
        ("The garage opens at 06:30 [Source 2].", "The garage opens at 06:30. [2]"),
        ("The garage opens at 06:30 【2】.", "The garage opens at 06:30. [2]"),
        ("The gar[2]age opens at 06:30.", "The garage opens at 06:30. [2]"),
        (
            "The garage opens at 06:30![2] Visitors pay 5 euros [2].",
            "The garage opens at 06:30! [2] Visitors pay 5 euros [2].",
        ),
        ("The garage opens at 06:30 [2](x:y).", "The garage opens at 06:30(x:y). [2]"),
    ],
)
def test_markers_that_nobody_could_follow_are_mended(text, mended):
    assert shown(text) == mended


def test_a_marker_makes_no_other_link_of_the_one_that_was_checked():
    pay = passage("Visitors pay at https://pay.example.com/garage before they leave.")
    assert shown("Visitors pay at https://pay.example.co[1]m/garage.", pay) == (
        "Visitors pay at https://pay.example.com/garage. [1]"
    )
    written = "Visitors pay at https://pay.example.com/garage before they leave [1]."
    assert shown(written, pay) == written


def test_a_fence_passes_when_its_lines_stand_in_a_passage():
    fence = "```sh\nprimrose restore --from latest \\\n    --target standby\nexit 1\n```"
    assert shown(f"A backup is restored so [4]:\n\n{fence}\n").rstrip().endswith(fence)
    assert shown("```sh\nrm -rf /\n```") == ""


def test_an_introduction_is_shown_with_what_it_introduces_and_goes_with_it():
    assert shown("The steps:\n\n- VPN certificates are valid for 90 days [1].", question="What are the steps?") == (
        "The steps:\n\n- VPN certificates are valid for 90 days [1]."
    )
    assert shown("The steps:\n\n- Cheese is free [1].", question="What are the steps?") == ""


@pytest.mark.parametrize(
    "attack", ["# <!here>", "Visit https://evil.example/:", "Ask @everyone:", "Pay 500 euros now:"]
)
def test_an_introduction_smuggles_nothing(attack):
    assert (
        shown(f"{attack}\n\nVPN certificates are valid for 90 days [1].")
        == "VPN certificates are valid for 90 days [1]."
    )


def test_only_passages_that_something_points_to_are_sources():
    check = Grounding(ALL)
    check.feed("VPN certificates are valid for 90 days [1]. Cheese is free [2].")
    check.flush()
    assert check.used == {1}


def test_the_result_is_the_same_however_the_text_comes_in():
    text = (
        "Here is how:\n\n1. VPN certificates are valid for 90 days [1].\n2. Cheese is free [2].\n\n"
        "The garage opens at 06:30. [2] 年假申请须提前五个工作日提交。[3]\n\n```sh\nexit 1\n```\n"
    )
    whole = shown(text)
    for seed in range(50):
        dice = random.Random(seed)
        check, out, at = Grounding(ALL), "", 0
        while at < len(text):
            size = dice.randint(1, 12)
            out += check.feed(text[at : at + size])
            at += size
        assert out + check.flush() == whole
