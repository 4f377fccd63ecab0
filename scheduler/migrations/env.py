"""How Alembic reaches the database: always through the connection that `scheduler.database` hands in."""

from alembic import context

from scheduler.models import Row

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Row.metadata,
    render_as_batch=True,
    compare_type=True,
)
with context.begin_transaction():
    context.run_migrations()
