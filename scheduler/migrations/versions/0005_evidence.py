"""The evidence: seals, closed periods, corrections by two persons; what is told outside and comes from there."""

import sqlalchemy as sa
from alembic import op

from scheduler.models.append_only import statements
from scheduler.models.base import UtcDateTime

revision = '0005'
down_revision = '0004'
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the tables and columns."""
    op.create_table('central_message',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('kind', sa.String(length=16), nullable=False),
    sa.Column('subject', sa.String(length=128), nullable=False),
    sa.Column('body', sa.JSON(), nullable=False),
    sa.Column('made_at', UtcDateTime(), nullable=False),
    sa.Column('attempts', sa.Integer(), nullable=False),
    sa.Column('next_at', UtcDateTime(), nullable=True),
    sa.Column('taken_at', UtcDateTime(), nullable=True),
    sa.Column('problem', sa.Text(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_central_message')),
    sa.UniqueConstraint('kind', 'subject', name=op.f('uq_central_message_kind_subject'))
    )
    op.create_index('ix_central_message_due', 'central_message', ['next_at'], unique=False, sqlite_where=sa.text('next_at IS NOT NULL'), postgresql_where=sa.text('next_at IS NOT NULL'))
    op.create_table('notice',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('kind', sa.Enum('village_offline', 'broadcast_missed', 'nothing_to_air', 'disk', 'clock', 'backup_old', 'other', name='noticekind', native_enum=False, length=32), nullable=False),
    sa.Column('alarm_id', sa.Integer(), nullable=True),
    sa.Column('cleared', sa.Boolean(), nullable=False),
    sa.Column('subject', sa.String(length=128), nullable=False),
    sa.Column('facts', sa.JSON(), nullable=False),
    sa.Column('at', UtcDateTime(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_notice')),
    sa.UniqueConstraint('alarm_id', 'cleared', name=op.f('uq_notice_alarm_id_cleared'))
    )
    op.create_table('notice_target',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('name', sa.Text(), nullable=False),
    sa.Column('kind', sa.Enum('webhook', 'apprise', name='targetkind', native_enum=False, length=32), nullable=False),
    sa.Column('address', sa.Text(), nullable=False),
    sa.Column('secret', sa.Text(), nullable=False),
    sa.Column('kinds', sa.JSON(), nullable=False),
    sa.Column('active', sa.Boolean(), nullable=False),
    sa.Column('created_at', UtcDateTime(), nullable=False),
    sa.Column('created_by', sa.Text(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_notice_target'))
    )
    op.create_table('period_close',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('first', sa.Date(), nullable=False),
    sa.Column('last', sa.Date(), nullable=False),
    sa.Column('closed_at', UtcDateTime(), nullable=False),
    sa.Column('closed_by', sa.Text(), nullable=False),
    sa.Column('user_id', sa.Integer(), nullable=True),
    sa.Column('count', sa.JSON(), nullable=False),
    sa.Column('sentence', sa.Text(), nullable=False),
    sa.Column('last_entry', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('note', sa.Text(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_period_close'))
    )
    op.create_table('received_bulletin',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('outside_id', sa.String(length=128), nullable=False),
    sa.Column('kind', sa.String(length=16), nullable=False),
    sa.Column('priority', sa.Integer(), nullable=False),
    sa.Column('title', sa.Text(), nullable=False),
    sa.Column('body', sa.JSON(), nullable=False),
    sa.Column('sound', sa.LargeBinary(), nullable=True),
    sa.Column('received_at', UtcDateTime(), nullable=False),
    sa.Column('state', sa.Enum('waiting', 'accepted', 'refused', name='bulletinstate', native_enum=False, length=32), nullable=False),
    sa.Column('decided_at', UtcDateTime(), nullable=True),
    sa.Column('decided_by', sa.Text(), nullable=False),
    sa.Column('reason', sa.Text(), nullable=False),
    sa.Column('answered_at', UtcDateTime(), nullable=True),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_received_bulletin')),
    sa.UniqueConstraint('outside_id', name=op.f('uq_received_bulletin_outside_id'))
    )
    op.create_index(op.f('ix_received_bulletin_received_at'), 'received_bulletin', ['received_at'], unique=False)
    op.create_table('seal',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('day', sa.Date(), nullable=False),
    sa.Column('entries_after', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('entries_until', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('entries', sa.Integer(), nullable=False),
    sa.Column('productions_after', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('productions_until', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('productions', sa.Integer(), nullable=False),
    sa.Column('root', sa.String(length=64), nullable=False),
    sa.Column('marks', sa.LargeBinary(), nullable=False),
    sa.Column('previous', sa.String(length=64), nullable=False),
    sa.Column('statement', sa.Text(), nullable=False),
    sa.Column('signature', sa.String(length=128), nullable=False),
    sa.Column('key', sa.String(length=64), nullable=False),
    sa.Column('sealed_at', UtcDateTime(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_seal')),
    sa.UniqueConstraint('day', name=op.f('uq_seal_day'))
    )
    op.create_table('api_token',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('name', sa.Text(), nullable=False),
    sa.Column('token_sha256', sa.String(length=64), nullable=False),
    sa.Column('hint', sa.String(length=8), nullable=False),
    sa.Column('role', sa.Enum('viewer', 'editor', 'approver', 'operator', 'admin', name='role', native_enum=False, length=32), nullable=False),
    sa.Column('area_id', sa.Integer(), nullable=True),
    sa.Column('created_at', UtcDateTime(), nullable=False),
    sa.Column('created_by', sa.Text(), nullable=False),
    sa.Column('expires_at', UtcDateTime(), nullable=True),
    sa.Column('used_at', UtcDateTime(), nullable=True),
    sa.Column('revoked_at', UtcDateTime(), nullable=True),
    sa.Column('revoked_by', sa.Text(), nullable=False),
    sa.ForeignKeyConstraint(['area_id'], ['area.id'], name=op.f('fk_api_token_area_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_api_token')),
    sa.UniqueConstraint('token_sha256', name=op.f('uq_api_token_token_sha256'))
    )
    op.create_table('calendar_feed',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('user_id', sa.Integer(), nullable=False),
    sa.Column('name', sa.Text(), nullable=False),
    sa.Column('token_sha256', sa.String(length=64), nullable=False),
    sa.Column('hint', sa.String(length=8), nullable=False),
    sa.Column('created_at', UtcDateTime(), nullable=False),
    sa.Column('revoked_at', UtcDateTime(), nullable=True),
    sa.ForeignKeyConstraint(['user_id'], ['user.id'], name=op.f('fk_calendar_feed_user_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_calendar_feed')),
    sa.UniqueConstraint('token_sha256', name=op.f('uq_calendar_feed_token_sha256'))
    )
    op.create_index(op.f('ix_calendar_feed_user_id'), 'calendar_feed', ['user_id'], unique=False)
    op.create_table('correction_request',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('airing_id', sa.Uuid(), nullable=False),
    sa.Column('zone_id', sa.Integer(), nullable=False),
    sa.Column('after', sa.Integer(), nullable=False),
    sa.Column('seconds_sounded', sa.Double(), nullable=False),
    sa.Column('started_at', UtcDateTime(), nullable=True),
    sa.Column('reason', sa.Enum('late_start', 'crash_rejoined', 'crashed', 'daemon_down', 'too_late', 'clock_stepped', 'database_away', 'file_missing', 'file_corrupt', 'not_approved', 'outside_allowed_hours', 'zone_inactive', 'carrier_failed', 'lease_lost', 'stopped', 'interrupted', 'cancelled', 'overlap', 'no_trusted_time', 'power_cut', 'equipment_broken', 'link_down', 'never_reported', 'unknown', name='reason', native_enum=False, length=32), nullable=True),
    sa.Column('evidence', sa.Enum('planned', 'handed_over', 'accepted', 'started', 'completed', 'heard', 'confirmed', name='evidence', native_enum=False, length=32), nullable=False),
    sa.Column('note', sa.Text(), nullable=False),
    sa.Column('asked_by', sa.Text(), nullable=False),
    sa.Column('asked_user_id', sa.Integer(), nullable=True),
    sa.Column('asked_at', UtcDateTime(), nullable=False),
    sa.Column('accepted', sa.Boolean(), nullable=True),
    sa.Column('decided_by', sa.Text(), nullable=False),
    sa.Column('decided_user_id', sa.Integer(), nullable=True),
    sa.Column('decided_at', UtcDateTime(), nullable=True),
    sa.Column('decision_note', sa.Text(), nullable=False),
    sa.ForeignKeyConstraint(['asked_user_id'], ['user.id'], name=op.f('fk_correction_request_asked_user_id')),
    sa.ForeignKeyConstraint(['decided_user_id'], ['user.id'], name=op.f('fk_correction_request_decided_user_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_correction_request'))
    )
    op.create_index('ix_correction_request_open', 'correction_request', ['asked_at'], unique=False, sqlite_where=sa.text('decided_at IS NULL'), postgresql_where=sa.text('decided_at IS NULL'))
    op.create_table('notice_delivery',
    sa.Column('notice_id', sa.Uuid(), nullable=False),
    sa.Column('target_id', sa.Integer(), nullable=False),
    sa.Column('attempts', sa.Integer(), nullable=False),
    sa.Column('next_at', UtcDateTime(), nullable=True),
    sa.Column('taken_at', UtcDateTime(), nullable=True),
    sa.Column('given_up_at', UtcDateTime(), nullable=True),
    sa.Column('problem', sa.Text(), nullable=False),
    sa.ForeignKeyConstraint(['notice_id'], ['notice.id'], name=op.f('fk_notice_delivery_notice_id')),
    sa.ForeignKeyConstraint(['target_id'], ['notice_target.id'], name=op.f('fk_notice_delivery_target_id')),
    sa.PrimaryKeyConstraint('notice_id', 'target_id', name=op.f('pk_notice_delivery'))
    )
    op.create_index('ix_notice_delivery_due', 'notice_delivery', ['next_at'], unique=False, sqlite_where=sa.text('next_at IS NOT NULL'), postgresql_where=sa.text('next_at IS NOT NULL'))
    op.add_column('alarm', sa.Column('acknowledged_at', UtcDateTime(), nullable=True))
    op.add_column('alarm', sa.Column('acknowledged_by', sa.Text(), server_default='', nullable=False))
    op.add_column('alarm', sa.Column('acknowledgement', sa.Text(), server_default='', nullable=False))
    op.add_column('as_run_entry', sa.Column('countersigned_by', sa.Text(), server_default='', nullable=False))
    unexplained = sa.text("(reason IS NULL AND kind <> 'sounded' OR reason = 'unknown')")
    op.create_index('ix_as_run_entry_unexplained', 'as_run_entry', ['local_day'], unique=False, sqlite_where=unexplained, postgresql_where=unexplained)
    op.add_column('counting_rule', sa.Column('valid_from', sa.Date(), nullable=True))
    _lay_months_anew('local_month', 'language', 'area_id', 'series_id', 'apart', with_rowid=False)
    op.create_index('ix_month_tally_area_month', 'month_tally', ['area_id', 'local_month'], unique=False)
    for statement in statements(op.get_bind().dialect.name, ('period_close', 'seal')):
        op.execute(statement)


def downgrade() -> None:
    """Take them away."""
    op.drop_index('ix_month_tally_area_month', table_name='month_tally')
    _lay_months_anew('local_month', 'series_id', 'language', 'area_id', 'apart', with_rowid=True)
    op.drop_column('counting_rule', 'valid_from')
    op.drop_index('ix_as_run_entry_unexplained', table_name='as_run_entry')
    op.drop_column('as_run_entry', 'countersigned_by')
    op.drop_column('alarm', 'acknowledgement')
    op.drop_column('alarm', 'acknowledged_by')
    op.drop_column('alarm', 'acknowledged_at')
    op.drop_index('ix_notice_delivery_due', table_name='notice_delivery', sqlite_where=sa.text('next_at IS NOT NULL'), postgresql_where=sa.text('next_at IS NOT NULL'))
    op.drop_table('notice_delivery')
    op.drop_index('ix_correction_request_open', table_name='correction_request', sqlite_where=sa.text('decided_at IS NULL'), postgresql_where=sa.text('decided_at IS NULL'))
    op.drop_table('correction_request')
    op.drop_index(op.f('ix_calendar_feed_user_id'), table_name='calendar_feed')
    op.drop_table('calendar_feed')
    op.drop_table('api_token')
    op.drop_table('seal')
    op.drop_index(op.f('ix_received_bulletin_received_at'), table_name='received_bulletin')
    op.drop_table('received_bulletin')
    op.drop_table('period_close')
    op.drop_table('notice_target')
    op.drop_table('notice')
    op.drop_index('ix_central_message_due', table_name='central_message', sqlite_where=sa.text('next_at IS NOT NULL'), postgresql_where=sa.text('next_at IS NOT NULL'))
    op.drop_table('central_message')


def _lay_months_anew(*key: str, with_rowid: bool) -> None:
    """Put the rows of the months into another order: a key cannot be changed in place on SQLite."""
    columns = (
        "local_month, language, area_id, series_id, apart, area_name, airings_counted, zones_sounded, zones_partial, "
        "zones_missed, seconds_sounded"
    )
    op.execute("CREATE TEMPORARY TABLE month_kept AS SELECT * FROM month_tally")
    op.drop_table('month_tally')
    op.create_table('month_tally',
    sa.Column('local_month', sa.String(length=7), nullable=False),
    sa.Column('language', sa.String(length=8), nullable=False),
    sa.Column('area_id', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('series_id', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('apart', sa.String(length=16), nullable=False),
    sa.Column('area_name', sa.Text(), nullable=False),
    sa.Column('airings_counted', sa.Integer(), nullable=False),
    sa.Column('zones_sounded', sa.Integer(), nullable=False),
    sa.Column('zones_partial', sa.Integer(), nullable=False),
    sa.Column('zones_missed', sa.Integer(), nullable=False),
    sa.Column('seconds_sounded', sa.Double(), nullable=False),
    sa.PrimaryKeyConstraint(*key, name=op.f('pk_month_tally')),
    sqlite_with_rowid=with_rowid,
    )
    op.execute(f"INSERT INTO month_tally ({columns}) SELECT {columns} FROM month_kept")  # noqa: S608 -- our columns
    op.execute("DROP TABLE month_kept")
