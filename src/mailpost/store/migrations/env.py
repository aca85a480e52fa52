# ruff: noqa: INP001 - alembic loads it by its path
"""Alembic runs this: on the connection it was given, inside the transaction that is open there."""

from alembic import context

from mailpost.store.tables import metadata

context.configure(connection=context.config.attributes["connection"], target_metadata=metadata, render_as_batch=True)
context.run_migrations()
