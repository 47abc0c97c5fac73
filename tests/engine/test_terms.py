"""Terms and languages."""

import pytest

from engine.language import language_of
from engine.terms import content_terms, names, parts, terms


def test_english_words_lose_their_endings_and_stop_words() -> None:
    assert terms("The certificates are VALID") == ["certif", "valid"]
    assert terms("certificate") == terms("certificates'")


def test_chinese_becomes_pairs_of_characters() -> None:
    assert terms("年假申请") == ["年假", "假申", "申请"]
    assert terms("假") == ["假"]


def test_full_width_letters_are_the_same_as_others() -> None:
    assert terms("ＶＰＮ２０２４") == terms("vpn2024")


def test_codes_are_kept() -> None:
    assert terms("LS-1187") == ["ls", "1187"]


def test_what_only_asks_is_not_what_the_question_is_about() -> None:
    assert content_terms("How long are VPN certificates valid?") == ["vpn", "certif", "valid"]
    assert content_terms("请问年假申请如何提交吗?") == ["年假", "假申", "申请", "提交"]
    assert content_terms("valid? see https://evil.example/?d=1") == ["valid", "see"]
    assert content_terms("会议室") == ["会议", "议室"]


@pytest.mark.parametrize(("text", "language"), [
    ("How long are VPN certificates valid?", "en"),
    ("年假申请要提前多久提交?", "zh"),
    ("如何配置 Kubernetes Ingress controller?", "zh"),
    ("What does 年假 mean in English?", "en"),
    ("証明書の有効期限はいつですか", "ja"),
    ("인증서는 얼마나 유효합니까?", "ko"),
    ("Как сбросить пароль VPN?", "ru"),
    ("كيف أعيد تعيين كلمة المرور؟", "ar"),
    ("Πότε ανοίγει;", "el"),
    ("请运行：\n```sh\nsystemctl restart network manager service now please\n```", "zh"),
    ("```sh\nls -la\n```", "en"),
    ("12345 ?!", "en"),
    ("", "en"),
])  # fmt: skip
def test_the_script_tells_the_language(text: str, language: str) -> None:
    assert language_of(text) == language


def test_what_surrounds_a_text_tells_its_language_where_it_tells_little_itself() -> None:
    settings = "`timeout`：默认 60. upstream connect timeout in seconds, keepalive pool, retries"

    assert language_of(settings) == "en"
    assert language_of(settings, likely="zh") == "zh"
    assert language_of("```json\n{}\n```", likely="zh") == "zh"
    assert language_of("An English paragraph in between.", likely="zh") == "en"


def test_exact_names_are_one_term_each():
    text = "Set proxy_cache_valid with --no-verify: ERR_FOO_12, X-Api-Key, camelCase, /etc/hosts, v3.9.1, sha256. End."
    found = "proxy_cache_valid no-verify err_foo_12 x-api-key camelcase etc/hosts v3.9.1 sha256".split()
    assert names(text) == [f"={name}" for name in found]
    assert names("使用limit-count插件") == ["=limit-count"] and names("Plain words. Only.") == []


def test_words_with_capitals_inside_have_parts():
    assert parts("getHTTPResponse and camelCase") == ["http", "respons", "camel", "case"]
