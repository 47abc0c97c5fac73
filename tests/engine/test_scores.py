"""The scores of an evaluation."""

import pytest

from engine.errors import FrontdeskError
from engine.evaluation import Case, auroc, coverage


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
