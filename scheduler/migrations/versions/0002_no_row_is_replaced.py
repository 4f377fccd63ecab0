"""INSERT OR REPLACE no longer replaces a row of an append-only table on SQLite."""

from alembic import op

from scheduler.models.append_only import sqlite_replace_statements

revision = '0002'
down_revision = '0001'
branch_labels = None
depends_on = None

TABLES = ('as_run_entry', 'production', 'review')


def upgrade() -> None:
    """A database made before this lacks the triggers; in a new one they are there already."""
    if op.get_bind().dialect.name == 'sqlite':
        for table in TABLES:
            for statement in sqlite_replace_statements(table):
                op.execute(statement)


def downgrade() -> None:
    """Let rows be replaced again."""
    if op.get_bind().dialect.name == 'sqlite':
        for name in ('as_run_entry_no_second_id', 'as_run_entry_no_second_airing_id', 'production_no_second_id',
                     'production_no_second_edition_id', 'review_no_second_id'):
            op.execute(f'DROP TRIGGER IF EXISTS {name}')
