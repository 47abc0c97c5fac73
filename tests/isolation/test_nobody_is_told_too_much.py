"""Whatever people, rooms and documents do: nobody is shown, and no model is told, what is not for everybody there."""

from __future__ import annotations

import asyncio
import itertools
import os
import tempfile
import time
from collections import Counter
from collections.abc import Coroutine
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from tests.isolation.desk import Desk
from tests.isolation.world import STRANGER, Paper, Person, Room

WORKSPACES = ("W1", "W2")
QUESTIONS = ("How is the {} device calibrated?", "What code does the {} need?", "{} calibration code every morning?")
FOLLOW_UPS = ("And how is it calibrated then?", "What about that one?", "Which handbook code?", "The second one")
GRANTS = ("workspace", "workspace", "public", "room", "room", "room", "user", "user")
#: What happens, and how often of a hundred times.
OFTEN = {
    "somebody comes": 1, "a room is made": 1, "somebody joins": 9, "somebody leaves": 6, "a room becomes private": 2,
    "a room is shared with another organisation": 3, "somebody becomes a guest": 3, "somebody becomes an admin": 2,
    "a document is loaded": 2, "a document is loaded again": 1, "a document is given to others": 6,
    "a document is deleted": 2, "an entry is typed": 4, "somebody asks": 22, "somebody goes on in a thread": 9,
    "somebody joins while the answer is written": 1, "the model fails": 2, "somebody takes an offer": 3,
    "somebody asks why": 6, "somebody manages": 7, "somebody wants to be forgotten": 1, "the desk is started again": 1,
}  # fmt: skip
WHAT = [what for what, times in OFTEN.items() for _ in range(times)]
Work = Coroutine[Any, Any, None] | None
#: Four small numbers in one: hypothesis gives a life 8 kB of choices in all.
_any = st.integers(0, 2**32 - 1)
DONE: Counter[str] = Counter()


class Life(RuleBasedStateMachine):
    """A few workspaces, their people and rooms, and one desk for all of them."""

    desk_class = Desk

    def __init__(self) -> None:
        super().__init__()
        self._folder = tempfile.TemporaryDirectory()
        self._loop = asyncio.Runner()
        self.desk = self.desk_class(Path(self._folder.name))
        self.world = self.desk.world
        self.threads: list[tuple[str, str, str]] = []
        self._do(self.desk.open())

    def _do(self, work: Any) -> Any:
        return self._loop.run(work)

    def teardown(self) -> None:
        DONE["hoped"] += self.desk.hoped
        DONE["heard"] += self.desk.heard
        self._do(self.desk.close())
        self._loop.close()
        self._folder.cleanup()
        assert self.desk.leaks == []

    @invariant()
    def nothing_has_leaked(self) -> None:
        DONE["steps"] += 1
        assert self.desk.leaks == []

    @initialize()
    def begin(self) -> None:
        """Two workspaces whose rooms and people have the same ids."""
        for workspace in WORKSPACES:
            people = [self.world.new_person(workspace, guest=n == 3, admin=n == 0) for n in range(4)]
            rooms = [self.world.new_room(workspace, private=n > 0) for n in range(3)]
            for person, room in ((0, 0), (1, 0), (0, 1), (1, 1), (2, 2), (3, 2)):
                rooms[room].members.add(people[person].id)
            for grant in ("public", "workspace", "room:C1", "user:U1"):
                self._do(self.desk.write(self.world.new_paper(workspace, grant)))

    def _person(self, pick: int) -> Person:
        return list(self.world.people.values())[pick % len(self.world.people)]

    def _room(self, pick: int, workspace: str = "") -> Room:
        rooms = [r for r in self.world.rooms.values() if workspace in ("", r.workspace)]
        return rooms[pick % len(rooms)]

    def _paper(self, pick: int, workspace: str = "") -> Paper | None:
        papers = [p for p in self.world.papers.values() if workspace in {"", p.workspace}]
        return papers[pick % len(papers)] if papers else None

    def _grant(self, workspace: str, pick: int, which: int) -> str:
        kind = GRANTS[pick % len(GRANTS)]
        if kind == "room":
            return f"room:{self._room(which, workspace).id}"
        people = [p.id for p in self.world.people.values() if p.workspace == workspace]
        return f"user:{people[which % len(people)]}" if kind == "user" else kind

    def _place(self, person: Person, pick: int) -> str:
        """Where this person may speak: a room that they are in, or alone with the desk."""
        rooms = [r.id for r in self.world.rooms.values() if r.workspace == person.workspace and person.id in r.members]
        return [f"D{person.id}", *rooms][pick % (len(rooms) + 1)]

    @rule(what=st.sampled_from(WHAT), numbers=_any)
    def something_happens(self, what: str, numbers: int) -> None:
        DONE[what] += 1
        work = getattr(self, what.replace(" ", "_"))(*numbers.to_bytes(4, "big"))
        if work is not None:
            self._do(work)

    # People and rooms

    def somebody_comes(self, a: int, b: int, *_: int) -> None:
        if len(self.world.people) < 20:
            self.world.new_person(WORKSPACES[a % 2], guest=b % 3 == 0)

    def a_room_is_made(self, a: int, b: int, *_: int) -> None:
        if len(self.world.rooms) < 14:
            self.world.new_room(WORKSPACES[a % 2], private=b % 3 > 0)

    def somebody_joins(self, a: int, b: int, *_: int) -> None:
        person = self._person(a)
        self._room(b, person.workspace).members.add(person.id)

    def somebody_leaves(self, a: int, b: int, *_: int) -> None:
        person = self._person(a)
        self._room(b, person.workspace).members.discard(person.id)

    def a_room_becomes_private(self, a: int, *_: int) -> None:
        self._room(a).private = True

    def a_room_is_shared_with_another_organisation(self, a: int, b: int, *_: int) -> None:
        self._room(a).shared = b % 3 == 0

    def somebody_becomes_a_guest(self, a: int, b: int, *_: int) -> None:
        person = self._person(a)
        person.guest = b % 2 == 0
        person.admin = person.admin and not person.guest

    def somebody_becomes_an_admin(self, a: int, *_: int) -> None:
        person = self._person(a)
        person.admin, person.guest = not person.admin, False

    # Documents

    def a_document_is_loaded(self, a: int, b: int, c: int, *_: int) -> Work:
        workspace = WORKSPACES[a % 2]
        if len(self.world.papers) > 40:
            return None
        return self.desk.write(self.world.new_paper(workspace, self._grant(workspace, b, c)))

    def a_document_is_loaded_again(self, a: int, *_: int) -> Work:
        paper = self._paper(a)
        return self.desk.rewrite(paper) if paper and not paper.source.startswith("faq:") else None

    def a_document_is_given_to_others(self, a: int, b: int, c: int, *_: int) -> Work:
        paper = self._paper(a)
        return self.desk.move(paper, self._grant(paper.workspace, b, c)) if paper else None

    def a_document_is_deleted(self, a: int, b: int, *_: int) -> Work:
        paper = self._paper(a)
        return self.desk.remove(paper, purge=b % 5 == 0) if paper else None

    def an_entry_is_typed(self, a: int, b: int, *_: int) -> Work:
        person = self._person(a)
        return self.desk.enter(self._room(b, person.workspace), person.id)

    # Questions

    def somebody_asks(self, a: int, b: int, c: int, d: int, meanwhile: Any = None) -> Work:
        person = self._person(a)
        room, paper = self._place(person, b), self._paper(c, person.workspace if c % 4 else "")
        text = QUESTIONS[d % len(QUESTIONS)].format(paper.topic if paper else "printer")
        return self._asked(person.workspace, room, text, person.id, "", paper, meanwhile)

    async def _asked(self, workspace: str, room: str, text: str, person: str, thread: str,
                     paper: Paper | None, meanwhile: Any = None) -> None:  # fmt: skip
        thread = await self.desk.ask(text, workspace, room, person, thread, paper=paper, meanwhile=meanwhile)
        self.threads = [*self.threads[-50:], (workspace, room, thread)]

    def somebody_goes_on_in_a_thread(self, a: int, b: int, c: int, d: int) -> Work:
        if not self.threads:
            return None
        workspace, room, thread = self.threads[-1 - a % min(len(self.threads), 10)]
        people = sorted(self.world.readers(workspace, room) - {STRANGER})
        if not people:
            return None
        paper = self._paper(c)
        texts = (*FOLLOW_UPS, *(QUESTIONS if paper else ()))
        text = texts[d % len(texts)].format(paper.topic if paper else "")
        return self._asked(workspace, room, text, people[b % len(people)], thread, None)

    def somebody_joins_while_the_answer_is_written(self, a: int, b: int, c: int, d: int) -> Work:
        person = self._person(a)
        room = self._place(person, b)
        if room.startswith("D"):
            return None
        others = [p.id for p in self.world.people.values() if p.workspace == person.workspace]
        here = self.world.rooms[person.workspace, room]
        self.desk.model.failures = 0  # else the same prompt is sent again, for an answer that nobody will see
        return self.somebody_asks(a, b, c, 0, lambda: here.members.add(others[d % len(others)]))

    def the_model_fails(self, a: int, *_: int) -> None:
        self.desk.model.failures = 1 + a % 2  # what the search is not sure of waits for the model to be back

    def somebody_takes_an_offer(self, a: int, *_: int) -> Work:
        if not self.desk.town.offers:
            return None
        where, value, person = self.desk.town.offers.pop(a % len(self.desk.town.offers))
        DONE["offers taken"] += 1
        return self.desk.press("only.show", value, where, person)

    def somebody_asks_why(self, a: int, b: int, c: int, *_: int) -> Work:
        person = self._person(a)
        room = self._place(person, b)
        threads = ["", *(t for w, r, t in self.threads[-20:] if (w, r) == (person.workspace, room))]
        return self.desk.command("why", "", person.workspace, room, person.id, threads[c % len(threads)])

    def somebody_manages(self, a: int, b: int, c: int, d: int) -> Work:
        person, paper = self._person(a), self._paper(c)
        name, text = (
            ("kb list", ""), ("kb show", paper.source if paper else "x"), ("kb search", paper.topic if paper else "x"),
            ("kb remove", "nothing"), ("kb cancel", ""), ("home", ""), ("feedback", ""),
        )[d % 7]  # fmt: skip
        return self.desk.command(name, text, person.workspace, self._place(person, b), person.id)

    def somebody_wants_to_be_forgotten(self, a: int, b: int, *_: int) -> Work:
        person = self._person(a)
        return self.desk.command("forget-me", "", person.workspace, self._place(person, b), person.id)

    async def the_desk_is_started_again(self, a: int, *_: int) -> None:
        if a % 2:
            await self.desk.close()
            await self.desk.open()


def live(number: int, *, lives: int, steps: int, machine: type[Life] = Life) -> None:
    """So many lives of so many steps from this seed."""
    run = settings(
        max_examples=lives + 2,  # the first that hypothesis tries is the simplest, in which nothing happens
        stateful_step_count=steps,
        deadline=None,
        database=None,
        phases=(Phase.generate,),  # with Phase.shrink, a life that goes wrong is told shorter, after minutes
        suppress_health_check=list(HealthCheck),
        print_blob=True,
    )
    run_state_machine_as_test(seed(number)(machine), settings=run)


@pytest.mark.parametrize("number", range(3))
def test_nobody_is_told_too_much(number):
    DONE.clear()

    live(number, lives=1, steps=500)

    assert DONE["steps"] >= 1_000  # the simplest life, and another
    assert DONE["hoped"] >= 10  # people do ask what they may know,
    assert DONE["heard"] >= 0.9 * DONE["hoped"]  # and are told


@pytest.mark.long
@pytest.mark.timeout(0)
@pytest.mark.parametrize("first", [5, 6])
def test_nobody_is_told_too_much_in_hours(first):
    """Other seeds, 10,000 steps from each, as 20 lives of 500, until HOURS of `make long` are over."""
    end = time.monotonic() + 3600 * float(os.environ.get("HOURS", "1"))
    for number in itertools.count(first, 2):
        live(number, lives=20, steps=500)
        if time.monotonic() > end:
            break
