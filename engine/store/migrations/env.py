"""Runs the migrations on the connection, and in the transaction, that ``migrate.py`` has opened."""

from alembic import context

from engine.store.tables import metadata

context.configure(connection=context.config.attributes["connection"], target_metadata=metadata)
context.run_migrations()
