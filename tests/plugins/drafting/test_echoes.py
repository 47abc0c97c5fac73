"""What a weak model copies from what it was asked stands in no draft, and neither do its own markers."""

from plugins.drafting.facts import unmarked
from plugins.drafting.writing import SHAPES, without_instructions


def test_lines_of_ours_that_the_model_has_copied_are_taken_out():
    copied = f"Doors close at noon.\n\n{SHAPES['announcement']}\n\n**{SHAPES['post']}**\n\nSee you on Monday."
    assert without_instructions(copied).split() == "Doors close at noon. See you on Monday.".split()
    assert without_instructions("An announcement: doors close at noon.") == "An announcement: doors close at noon."


def test_a_marker_at_the_beginning_of_a_line_leaves_no_blank():
    assert unmarked("[1] Opening hours\nOpen at 9 [1].\n - [2] Badges") == "Opening hours\nOpen at 9.\n - Badges"
