"""Who may read what, as plain dictionaries: the truth that the desk is judged by, known without asking the desk."""

from __future__ import annotations

import itertools
import re
from dataclasses import dataclass, field

CANARY = re.compile(r"kan\d{5}x")
STRANGER = "Xstranger"  # reads along in rooms that are shared with another organisation


@dataclass
class Person:
    id: str
    workspace: str
    name: str
    guest: bool = False
    admin: bool = False


@dataclass
class Room:
    id: str
    workspace: str
    private: bool = False
    shared: bool = False
    members: set[str] = field(default_factory=set)


@dataclass
class Paper:
    """A document: ``title`` and ``body`` are canaries, ``topic`` what one asks for; ``grant`` as it was given."""

    source: str
    workspace: str
    grant: str
    topic: str
    title: str
    body: str

    @property
    def text(self) -> str:
        return (
            f"# Handbook {self.title}\n\nThe {self.topic} device is calibrated with code {self.body} every morning.\n"
        )


@dataclass
class World:
    """All workspaces.  Ids of rooms and people are the same in each: nothing may rest on their being different."""

    people: dict[tuple[str, str], Person] = field(default_factory=dict)
    rooms: dict[tuple[str, str], Room] = field(default_factory=dict)
    papers: dict[tuple[str, str], Paper] = field(default_factory=dict)
    #: Each canary and what it stands for; what was deleted or replaced stands for nothing.
    means: dict[str, Paper | Person] = field(default_factory=dict)
    retired: set[str] = field(default_factory=set)
    _numbers: itertools.count[int] = field(default_factory=itertools.count)

    def canary(self) -> str:
        return f"kan{next(self._numbers):05d}x"

    def new_person(self, workspace: str, *, guest: bool = False, admin: bool = False) -> Person:
        number = sum(p.workspace == workspace for p in self.people.values())
        person = Person(f"U{number}", workspace, self.canary(), guest, admin)
        self.people[workspace, person.id] = person
        self.means[person.name] = person
        return person

    def new_room(self, workspace: str, *, private: bool = False, shared: bool = False) -> Room:
        number = sum(r.workspace == workspace for r in self.rooms.values())
        room = Room(f"C{number}", workspace, private, shared)
        self.rooms[workspace, room.id] = room
        return room

    def new_paper(self, workspace: str, grant: str, source: str = "") -> Paper:
        number = next(self._numbers)
        paper = Paper(source or f"paper{number}.md", workspace, grant, f"zorbel{number}", self.canary(), self.canary())
        self.papers[workspace, paper.source] = paper
        self.means[paper.title] = self.means[paper.body] = paper
        return paper

    def retire(self, *canaries: str) -> None:
        """From now on these are to be seen nowhere."""
        self.retired |= {*canaries}

    def readers(self, workspace: str, room: str) -> frozenset[str]:
        """Who sees what is said there now: a direct message's person, or the members of a room."""
        if room.startswith("D"):
            return frozenset({room[1:]})
        here = self.rooms[workspace, room]
        return frozenset(here.members | ({STRANGER} if here.shared else set()))

    def may_read(self, workspace: str, person: str, paper: Paper, room: str) -> bool:
        """Whether this person of this workspace may be told what stands in the paper, now; ``room`` is where."""
        kind, _, who = paper.grant.partition(":")
        if paper.workspace != workspace:
            return False
        if paper.grant == "public":
            return True
        if kind == "user":
            return who == person
        if kind == "room":
            return (who == room) if person == STRANGER else person in self.rooms[workspace, who].members
        return person != STRANGER and not self.people[workspace, person].guest

    def leaks(self, text: str, workspace: str, room: str, *, lists_titles: bool = False) -> list[str]:
        """What stands in ``text`` and may not be seen by those who read along in that room now, in words.

        ``lists_titles``: they are an admin who looks at the list of documents of their workspace.
        """
        found = []
        readers = self.readers(workspace, room)
        for canary in dict.fromkeys(CANARY.findall(text)):
            thing = self.means[canary]
            if canary in self.retired:
                found.append(f"{canary} was deleted or replaced")
            elif thing.workspace != workspace:
                found.append(f"{canary} is of workspace {thing.workspace}, not {workspace}")
            elif isinstance(thing, Paper) and not (lists_titles and canary == thing.title):
                others = [p for p in sorted(readers) if not self.may_read(workspace, p, thing, room)]
                if others:
                    kind = "title" if canary == thing.title else "body"
                    found.append(f"the {kind} of {thing.source} (for {thing.grant}) reaches {others} in {room}")
        return found
