"""Alembic's entry: brings the tables of `state.db` up to date on the connection that `core/storage` hands over."""

from alembic import context

context.configure(connection=context.config.attributes["connection"], target_metadata=None)
with context.begin_transaction():
    context.run_migrations()
