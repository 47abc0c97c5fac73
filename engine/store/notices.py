"""What workers on one PostgreSQL tell each other: there is something new, something has changed."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Literal

import orjson
import sqlalchemy as sa

from engine.errors import Unavailable

_CHANNEL = "frontdesk_inbox"
#: PostgreSQL refuses notifications of 8,000 bytes and more.
_LONGEST = 7900


@dataclass(frozen=True, slots=True)
class Notice:
    """``new``: an event that somebody may take (0: which one does not matter).  ``changed``: one was edited or deleted.

    ``conversation`` is empty where its name is too long to be told: look everywhere.
    """

    kind: Literal["new", "changed"]
    conversation: str
    event: int
    worker: str  # who says so


def tell(connection: sa.Connection, notice: Notice) -> None:
    """Tell all workers when this transaction commits."""
    connection.execute(_NOTIFY, {"payload": payload(notice)})


def payload(notice: Notice) -> str:
    """The notice as it is told: the parameter ``payload`` of ``telling``."""
    told = orjson.dumps([notice.kind, notice.conversation, notice.event, notice.worker])
    if len(told) > _LONGEST:
        told = orjson.dumps([notice.kind, "", notice.event, notice.worker])
    return told.decode()


def telling() -> sa.ColumnElement[object]:
    """What tells a notice as part of a statement, once for each of its rows."""
    return sa.func.pg_notify(_CHANNEL, sa.bindparam("payload", type_=sa.Text))


_NOTIFY = sa.select(telling())


async def notices(url: str) -> AsyncIterator[Notice | None]:
    """Everything that is told from now on; first a None, when the connection stands.

    Raises ``Unavailable`` when it breaks: what was told meanwhile is lost.
    """
    import psycopg

    address = sa.make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
    try:
        connection = await psycopg.AsyncConnection.connect(address, autocommit=True)
        async with connection:
            await connection.execute(f"LISTEN {_CHANNEL}")
            yield None
            async for message in connection.notifies():
                kind, conversation, event, worker = orjson.loads(message.payload)
                yield Notice(kind, conversation, event, worker)
    except psycopg.Error as e:
        raise Unavailable(f"the database's notices do not arrive: {e}") from e
