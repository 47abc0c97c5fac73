"""Who has installed our app on a platform: one row a workspace, its tokens sealed, and sign-ins that are under way."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from engine.store.audit import record
from engine.store.database import Database
from engine.store.statements import insert
from engine.store.tables import installations, sign_ins

#: Sign-ins at the same time.
_SIGN_INS = 1_000


@dataclass(frozen=True, slots=True)
class Installation:
    """One workspace that has our app, or an organisation that has it for all of its own.

    ``through``: the organisation whose installation serves this workspace; empty: it has one of its own.  ``sealed``
    holds its tokens as nobody can read them without the key of the settings.  ``expires``: seconds since 1970, 0:
    never.  ``version`` grows with every change.  ``erasing``: it has left, and what was kept for it is being erased.
    """

    id: str
    through: str
    bot: str
    installer: str
    sealed: bytes
    expires: float
    version: int
    at: float
    erasing: bool


_all = sa.select(*(installations.c[name] for name in Installation.__slots__)).order_by(installations.c.id)


def all_installations(c: sa.Connection) -> list[Installation]:
    """Every one, by its id."""
    return [Installation(**row._mapping) for row in c.execute(_all)]  # noqa: SLF001 - SQLAlchemy's public name for a row as a mapping


def keep_installation(
    database: Database, c: sa.Connection, id_: str, *, bot: str, installer: str, sealed: bytes, expires: float, by: str
) -> None:
    """Keep what an installation brought; one that was there is replaced, also while it is being erased.

    ``by``: whom the audit names.
    """
    new = insert(database, installations).values(
        id=id_, through="", bot=bot, installer=installer, sealed=sealed, expires=expires, version=1, renewing=0.0,
        at=database.now(), erasing=False,
    )  # fmt: skip
    kept = ("through", "bot", "installer", "sealed", "expires", "renewing", "at", "erasing")
    told: dict[str, Any] = {name: new.excluded[name] for name in kept}
    told["version"] = installations.c.version + 1
    c.execute(new.on_conflict_do_update(index_elements=["id"], set_=told))
    record(database, c, actor=by, action="app installed", workspace=id_, subject=id_)


def serve_through(database: Database, c: sa.Connection, id_: str, organisation: str) -> None:
    """This workspace is served by the installation of its organisation; one of its own stays."""
    new = insert(database, installations).values(
        id=id_, through=organisation, bot="", installer="", sealed=b"", expires=0.0, version=1, renewing=0.0,
        at=database.now(), erasing=False,
    )  # fmt: skip
    c.execute(new.on_conflict_do_nothing(index_elements=["id"]))


def claim_renewal(database: Database, c: sa.Connection, id_: str, version: int, span_s: float) -> bool:
    """Whether the caller may renew the tokens of this version now: nobody else may for so many seconds."""
    mine = (installations.c.id == id_) & (installations.c.version == version) & ~installations.c.erasing
    free = installations.c.renewing < database.now()
    change = sa.update(installations).where(mine, free).values(renewing=database.now() + span_s)
    return c.execute(change).rowcount == 1


def renew_installation(c: sa.Connection, id_: str, version: int, *, sealed: bytes, expires: float) -> bool:
    """Keep renewed tokens; False where the installation was replaced meanwhile."""
    mine = (installations.c.id == id_) & (installations.c.version == version)
    fresh = {"sealed": sealed, "expires": expires, "version": version + 1, "renewing": 0.0}
    return c.execute(sa.update(installations).where(mine).values(fresh)).rowcount == 1


def leave(database: Database, c: sa.Connection, id_: str, by: str) -> list[str]:
    """It has left: its tokens are gone at once, what was kept for it is to be erased; returns all workspaces it meant.

    Leaving an organisation takes the workspaces along that it served.
    """
    meant = (installations.c.id == id_) | (installations.c.through == id_)
    gone = sa.update(installations).where(meant, ~installations.c.erasing)
    change = gone.values(sealed=b"", expires=0.0, erasing=True, version=installations.c.version + 1)
    ids = sorted(c.execute(change.returning(installations.c.id)).scalars())
    for one in ids:
        record(database, c, actor=by, action="app uninstalled", workspace=one, subject=one)
    return ids


def drop_installation(c: sa.Connection, id_: str, version: int) -> None:
    """Nothing of it is left; one that came back meanwhile stays."""
    mine = (installations.c.id == id_) & (installations.c.version == version) & installations.c.erasing
    c.execute(sa.delete(installations).where(mine))


def begin_sign_in(database: Database, c: sa.Connection, state: str, browser: str, span_s: float) -> bool:
    """Somebody goes to the platform with this state, in this browser (hashes of both), for so many seconds.

    False where so many do that somebody only means to fill the disk.
    """
    c.execute(sa.delete(sign_ins).where(sign_ins.c.until < database.now()))
    if int(c.scalar(sa.select(sa.func.count()).select_from(sign_ins)) or 0) >= _SIGN_INS:
        return False
    c.execute(sa.insert(sign_ins).values(state=state, browser=browser, until=database.now() + span_s))
    return True


def end_sign_in(database: Database, c: sa.Connection, state: str) -> str:
    """The browser (its hash) that took this state along; empty where none did, where it took too long, or was here."""
    gone = sa.delete(sign_ins).where(sign_ins.c.state == state)
    row = c.execute(gone.returning(sign_ins.c.browser, sign_ins.c.until)).first()
    return str(row.browser) if row and row.until >= database.clock(c) else ""
