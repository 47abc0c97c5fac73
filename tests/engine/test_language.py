"""The script tells the language, and the characters which kind of Chinese it is."""

import pytest

from engine import simplified, written_in
from engine.language import _SIMPLIFIED, _TRADITIONAL


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("幫我寫一封信", "zh-TW"),
        ("請把這份報告譯成英文，內容不要改", "zh-TW"),
        ("認證", "zh-TW"),
        ("給客戶", "zh-TW"),
        ("轉寄報單", "zh-TW"),
        ("帮我写一封信", "zh"),
        ("请把这份报告译成英文，内容不要改", "zh"),
        ("认证", "zh"),
        ("你好", "zh"),
        ("hello", "en"),
    ],
)
def test_which_kind_of_chinese_is_told_by_its_characters(text, language):
    assert written_in(text) == language


def test_a_character_is_of_one_kind_only_and_is_folded_into_the_other():
    assert not set(_TRADITIONAL) & set(_SIMPLIFIED)
    assert len(_TRADITIONAL) == len(_SIMPLIFIED) == len(set(_TRADITIONAL)) == len(set(_SIMPLIFIED))
    assert simplified("不超過五個要點，以內 OK") == "不超过五个要点，以内 OK"
