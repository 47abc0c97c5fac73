"""Our chrF is sacrebleu's."""

import pytest

from tests.bench.chrf import chrf


@pytest.mark.parametrize(
    ("said", "right", "expected"),
    [
        (["The cat sat on the mat"], ["The cat is on the mat."], 61.08866623572505),
        (["会议在周一举行"], ["会议将于星期一召开。"], 7.303707914850609),
        (["它 8080 ok"], ["端口是 8080"], 28.690476190476193),
        (["你好", "再见了"], ["您好", "再见"], 58.52842809364549),
        (["a"], ["b"], 0.0),
        ([""], ["x"], 0.0),
    ],
)
def test_it_is_what_sacrebleu_gives(said, right, expected):
    """From sacrebleu 2.6.0 in an environment of its own: ``sacrebleu.corpus_chrf(said, [right]).score``."""
    assert chrf(said, right) == pytest.approx(expected)
