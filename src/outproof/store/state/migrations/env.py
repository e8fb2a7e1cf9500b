"""Run by Alembic: takes the steps on the connection it is handed, inside the transaction that connection is in."""

from alembic import context

context.configure(connection=context.config.attributes["connection"])
context.run_migrations()
