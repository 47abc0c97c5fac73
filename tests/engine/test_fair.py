"""Turns among people, rooms and workspaces, and how much one of them may hold."""

from engine.fair import Fair, Flow, Shares


def queue(*asked: tuple[str, str, str]) -> Fair[str]:
    """Questions as (workspace, room, person), named by person and number."""
    fair: Fair[str] = Fair()
    for n, (workspace, room, person) in enumerate(asked):
        fair.add(Flow(workspace, room, person), f"{person}{n}")
    return fair


def taken(fair: Fair[str]) -> list[str]:
    return list(iter(fair.take, None))


def test_people_take_turns_however_much_one_of_them_asks():
    fair = queue(*[("acme", "hall", "ann")] * 5, ("acme", "hall", "bob"), ("acme", "hall", "cem"))
    assert taken(fair) == ["ann0", "bob5", "cem6", "ann1", "ann2", "ann3", "ann4"]


def test_one_who_asks_in_many_rooms_is_still_one_person():
    fair = queue(*[("acme", f"room{n}", "ann") for n in range(4)], ("acme", "room0", "bob"))
    assert taken(fair)[:2] == ["ann0", "bob4"]


def test_where_people_are_even_rooms_take_turns():
    fair = queue(*[("acme", "hall", f"p{n}-") for n in range(4)], ("acme", "annex", "zoe"))
    assert taken(fair)[1] == "zoe4"


def test_workspaces_take_turns_before_people_do():
    fair = queue(*[("acme", "hall", f"p{n}-") for n in range(4)], ("umbrella", "hall", "zoe"))
    assert taken(fair)[1] == "zoe4"


def test_who_was_idle_neither_saves_up_turns_nor_pays_for_it():
    fair = queue(*[("acme", "hall", "ann")] * 9)
    for _ in range(4):
        fair.take()
    for n in range(3):
        fair.add(Flow("acme", "hall", "bob"), f"bob{n}")
    assert taken(fair) == ["bob0", "ann4", "bob1", "ann5", "bob2", "ann6", "ann7", "ann8"]


def test_the_order_that_is_foretold_is_the_order_in_which_they_are_taken():
    fair = queue(*[(f"w{n % 2}", f"r{n % 3}", f"p{n % 5}-") for n in range(40)])
    for _ in range(7):
        fair.take()
    foretold = [item for _, item in fair.in_order()]
    assert foretold == taken(fair)
    assert len(foretold) == 33


def test_one_that_does_not_wait_any_more_is_taken_out():
    fair = queue(("acme", "hall", "ann"), ("acme", "hall", "bob"))
    assert fair.remove(Flow("acme", "hall", "ann"), "ann0")
    assert not fair.remove(Flow("acme", "hall", "ann"), "ann0")
    assert (taken(fair), len(fair)) == (["bob1"], 0)


def test_who_may_not_go_on_is_passed_over():
    fair = queue(("acme", "hall", "ann"), ("acme", "hall", "bob"))
    assert fair.take(lambda flow: flow.person != "ann") == "bob1"
    assert fair.take(lambda flow: flow.person != "ann") is None


def test_what_is_remembered_of_turns_stays_small():
    fair: Fair[int] = Fair()
    for n in range(20_000):
        fair.add(Flow("acme", f"r{n}", f"p{n}"), n)
        assert fair.take() == n
    assert len(fair._times) < 5_000


def test_nobody_holds_so_much_that_nothing_is_left_for_the_next():
    shares = Shares(64)
    while shares.allow(("acme", "flooder")):
        shares.take(("acme", "flooder"))
    assert shares.of(("acme", "flooder")) == 48
    while shares.allow(("acme", "second")):
        shares.take(("acme", "second"))
    assert shares.allow(("acme", "ann"))
    assert shares.free >= 4


def test_a_small_desk_is_used_whole_by_one_person():
    for most in (1, 2, 3):
        shares = Shares(most)
        while shares.allow(("acme", "ann")):
            shares.take(("acme", "ann"))
        assert shares.held == most


def test_what_is_given_back_can_be_taken_again():
    shares = Shares(8)
    for _ in range(5):
        shares.take(("acme", "ann"))
    copy = shares.copy()
    for _ in range(5):
        shares.give_back(("acme", "ann"))
    assert (shares.held, shares.of(("acme", "ann")), copy.held) == (0, 0, 5)
