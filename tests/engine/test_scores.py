"""The scores of an evaluation."""

import pytest

from engine.errors import FrontdeskError
from engine.evaluation import Case
from engine.scores import auroc, coverage, curve, rate, reliability, wilson


def test_coverage_is_the_largest_share_that_can_be_answered_precisely():
    surest_first = [(0.9, True), (0.8, True), (0.7, False), (0.6, True)]
    assert coverage(surest_first, 1.0) == 0.5
    assert coverage(surest_first, 0.75) == 1.0
    assert coverage([(0.5, False)], 0.95) == 0.0
    assert coverage([], 0.95) is None


def test_cases_of_equal_confidence_are_answered_together_or_not_at_all():
    assert coverage([(0.5, True), (0.5, False)], 1.0) == 0.0


def test_auroc_counts_pairs_in_the_right_order():
    assert auroc([(0.9, True), (0.1, False)]) == 1.0
    assert auroc([(0.5, True), (0.5, False)]) == 0.5
    assert auroc([(0.1, True), (0.9, False)]) == 0.0
    assert auroc([(0.1, True)]) is None


def test_a_line_that_is_no_case_is_named():
    with pytest.raises(FrontdeskError, match="question"):
        Case.from_json('{"id": "1"}')
    with pytest.raises(FrontdeskError, match="qestion"):
        Case.from_json('{"id": "1", "question": "x", "qestion": "y"}')


@pytest.mark.parametrize(
    ("hits", "n", "low", "high"),
    [(0, 10, 0.0, 0.2775), (10, 10, 0.7225, 1.0), (50, 100, 0.4038, 0.5962), (1, 1, 0.2065, 1.0)],
)
def test_intervals_are_wilsons(hits, n, low, high):
    assert wilson(hits, n) == (pytest.approx(low, abs=1e-4), pytest.approx(high, abs=1e-4))


def test_a_rate_of_nothing_is_no_rate():
    assert rate([]) is None
    assert (rate([True, False]).share, rate([True, False]).n) == (0.5, 2)


def test_a_curve_ends_where_everything_is_answered():
    assert curve([(0.9, True), (0.5, False), (0.5, True)]) == [(1 / 3, 1.0), (1.0, 2 / 3)]
    assert curve([]) == []


def test_reliability_goes_by_steps_of_confidence():
    bins = reliability([(0.05, False), (0.91, True), (0.99, False), (1.0, True)])
    assert [(b.right.n, b.right.share) for b in bins] == [(1, 0.0), (3, pytest.approx(2 / 3, abs=1e-4))]
