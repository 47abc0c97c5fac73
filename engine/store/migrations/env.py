"""Runs the migrations on the connection, and in the transaction, that ``migrate.py`` has opened."""

from alembic import context

import engine.store.entry_tables  # noqa: F401  # which adds its tables to the others
from engine.store.tables import metadata

context.configure(connection=context.config.attributes["connection"], target_metadata=metadata)
context.run_migrations()
