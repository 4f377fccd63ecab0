"""People and the operators' page: users, sessions, audit trail, rules, uploads, places on the map, credits."""

import sqlalchemy as sa
from alembic import op

from scheduler.models.append_only import statements
from scheduler.models.base import UtcDateTime

revision = '0003'
down_revision = '0002'
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the tables and columns."""
    op.create_table('audit_entry',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('change_id', sa.Uuid(), nullable=False),
    sa.Column('at', UtcDateTime(), nullable=False),
    sa.Column('user_id', sa.Integer(), nullable=True),
    sa.Column('who', sa.Text(), nullable=False),
    sa.Column('action', sa.String(length=16), nullable=False),
    sa.Column('kind', sa.String(length=32), nullable=False),
    sa.Column('subject', sa.String(length=64), nullable=False),
    sa.Column('label', sa.Text(), nullable=False),
    sa.Column('area_id', sa.Integer(), nullable=True),
    sa.Column('before', sa.JSON(), nullable=False),
    sa.Column('after', sa.JSON(), nullable=False),
    sa.Column('undoes', sa.Uuid(), nullable=True),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_audit_entry'))
    )
    op.create_index(op.f('ix_audit_entry_at'), 'audit_entry', ['at'], unique=False)
    op.create_index(op.f('ix_audit_entry_change_id'), 'audit_entry', ['change_id'], unique=False)
    op.create_index('ix_audit_entry_kind_subject', 'audit_entry', ['kind', 'subject'], unique=False)
    op.create_index('ix_audit_entry_user', 'audit_entry', ['user_id', 'id'], unique=False)
    op.create_table('station_setting',
    sa.Column('name', sa.String(length=64), nullable=False),
    sa.Column('value', sa.JSON(), nullable=False),
    sa.Column('changed_at', UtcDateTime(), nullable=False),
    sa.Column('changed_by', sa.Text(), nullable=False),
    sa.PrimaryKeyConstraint('name', name=op.f('pk_station_setting'))
    )
    op.create_table('user',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('login', sa.String(length=64), nullable=False),
    sa.Column('name', sa.Text(), nullable=False),
    sa.Column('language', sa.String(length=8), nullable=False),
    sa.Column('password_hash', sa.Text(), nullable=True),
    sa.Column('password_changed_at', UtcDateTime(), nullable=True),
    sa.Column('active', sa.Boolean(), nullable=False),
    sa.Column('created_at', UtcDateTime(), nullable=False),
    sa.Column('last_seen_at', UtcDateTime(), nullable=True),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_user')),
    sa.UniqueConstraint('login', name=op.f('uq_user_login'))
    )
    op.create_table('grant',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('user_id', sa.Integer(), nullable=False),
    sa.Column('role', sa.Enum('viewer', 'editor', 'approver', 'operator', 'admin', name='role', native_enum=False, length=32), nullable=False),
    sa.Column('area_id', sa.Integer(), nullable=True),
    sa.ForeignKeyConstraint(['area_id'], ['area.id'], name=op.f('fk_grant_area_id')),
    sa.ForeignKeyConstraint(['user_id'], ['user.id'], name=op.f('fk_grant_user_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_grant'))
    )
    op.create_index(op.f('ix_grant_user_id'), 'grant', ['user_id'], unique=False)
    op.create_table('one_time_code',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('code_sha256', sa.String(length=64), nullable=False),
    sa.Column('purpose', sa.Enum('first_admin', 'password', name='codepurpose', native_enum=False, length=32), nullable=False),
    sa.Column('user_id', sa.Integer(), nullable=True),
    sa.Column('created_at', UtcDateTime(), nullable=False),
    sa.Column('created_by', sa.Text(), nullable=False),
    sa.Column('expires_at', UtcDateTime(), nullable=False),
    sa.Column('used_at', UtcDateTime(), nullable=True),
    sa.ForeignKeyConstraint(['user_id'], ['user.id'], name=op.f('fk_one_time_code_user_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_one_time_code')),
    sa.UniqueConstraint('code_sha256', name=op.f('uq_one_time_code_code_sha256'))
    )
    op.create_index(op.f('ix_one_time_code_user_id'), 'one_time_code', ['user_id'], unique=False)
    op.create_table('user_session',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('token_sha256', sa.String(length=64), nullable=False),
    sa.Column('user_id', sa.Integer(), nullable=False),
    sa.Column('created_at', UtcDateTime(), nullable=False),
    sa.Column('seen_at', UtcDateTime(), nullable=False),
    sa.Column('revoked_at', UtcDateTime(), nullable=True),
    sa.Column('address', sa.String(length=64), nullable=False),
    sa.Column('browser', sa.String(length=200), nullable=False),
    sa.ForeignKeyConstraint(['user_id'], ['user.id'], name=op.f('fk_user_session_user_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_user_session')),
    sa.UniqueConstraint('token_sha256', name=op.f('uq_user_session_token_sha256'))
    )
    op.create_index(op.f('ix_user_session_user_id'), 'user_session', ['user_id'], unique=False)
    op.create_table('upload',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('user_id', sa.Integer(), nullable=False),
    sa.Column('original_name', sa.Text(), nullable=False),
    sa.Column('size_bytes', sa.BigInteger(), nullable=False),
    sa.Column('received_bytes', sa.BigInteger(), nullable=False),
    sa.Column('created_at', UtcDateTime(), nullable=False),
    sa.Column('seen_at', UtcDateTime(), nullable=False),
    sa.Column('finished_at', UtcDateTime(), nullable=True),
    sa.Column('sha256', sa.String(length=64), nullable=True),
    sa.Column('recording_id', sa.Integer(), nullable=True),
    sa.ForeignKeyConstraint(['recording_id'], ['recording.id'], name=op.f('fk_upload_recording_id')),
    sa.ForeignKeyConstraint(['user_id'], ['user.id'], name=op.f('fk_upload_user_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_upload'))
    )
    op.create_index(op.f('ix_upload_user_id'), 'upload', ['user_id'], unique=False)
    op.create_table('plan_finding',
    sa.Column('key', sa.String(length=64), nullable=False),
    sa.Column('starts_at', UtcDateTime(), nullable=False),
    sa.Column('slot_id', sa.Integer(), nullable=True),
    sa.Column('occurrence_on', sa.Date(), nullable=True),
    sa.Column('broadcast_id', sa.Uuid(), nullable=True),
    sa.Column('name', sa.String(length=64), nullable=False),
    sa.Column('code', sa.Enum('overlap', 'outside_allowed_hours', 'edition_missing', 'edition_not_approved', 'duration_outside_rule', 'no_zone', 'nothing_left_to_air', name='findingcode', native_enum=False, length=32), nullable=False),
    sa.Column('facts', sa.JSON(), nullable=False),
    sa.Column('zones', sa.Integer(), nullable=False),
    sa.Column('zone_ids', sa.JSON(), nullable=False),
    sa.ForeignKeyConstraint(['slot_id'], ['slot.id'], name=op.f('fk_plan_finding_slot_id')),
    sa.PrimaryKeyConstraint('key', name=op.f('pk_plan_finding'))
    )
    op.create_index(op.f('ix_plan_finding_starts_at'), 'plan_finding', ['starts_at'], unique=False)
    op.create_table('plan_state',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('wanted_at', UtcDateTime(), nullable=True),
    sa.Column('written_at', UtcDateTime(), nullable=True),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_plan_state'))
    )
    op.add_column('area', sa.Column('latitude', sa.Double(), nullable=True))
    op.add_column('area', sa.Column('longitude', sa.Double(), nullable=True))
    op.add_column('edition', sa.Column('credits', sa.JSON(), server_default='{}', nullable=False))
    op.add_column('edition', sa.Column('submitted_by_user', sa.Integer(), nullable=True))
    op.add_column('edition', sa.Column('submitted_at', UtcDateTime(), nullable=True))
    op.add_column('recording', sa.Column('received_by_user', sa.Integer(), nullable=True))
    op.add_column('zone', sa.Column('latitude', sa.Double(), nullable=True))
    op.add_column('zone', sa.Column('longitude', sa.Double(), nullable=True))
    op.drop_index('ix_as_run_entry_day_zone', table_name='as_run_entry')
    op.create_index('ix_as_run_entry_zone_day', 'as_run_entry', ['zone_id', 'local_day'], unique=False)
    op.create_index('ix_as_run_entry_reading', 'as_run_entry', ['local_day', 'planned_at', 'zone_id', 'language', 'area_id', 'kind', 'reason', 'series_id', 'attempt', 'exercise', 'priority'], unique=False)
    op.create_index('ix_as_run_entry_corrections', 'as_run_entry', ['attempt'], unique=False, sqlite_where=sa.text('attempt > 1'), postgresql_where=sa.text('attempt > 1'))
    op.create_index('ix_area_airing_tally_area_day', 'area_airing_tally', ['area_id', 'local_day'], unique=False)
    for statement in statements(op.get_bind().dialect.name, ('audit_entry',)):
        op.execute(statement)


def downgrade() -> None:
    """Take them away."""
    op.drop_index('ix_area_airing_tally_area_day', table_name='area_airing_tally')
    op.drop_index('ix_as_run_entry_corrections', table_name='as_run_entry')
    op.drop_index('ix_as_run_entry_reading', table_name='as_run_entry')
    op.drop_index('ix_as_run_entry_zone_day', table_name='as_run_entry')
    op.create_index('ix_as_run_entry_day_zone', 'as_run_entry', ['local_day', 'zone_id'], unique=False)
    for table, columns in (
        ('zone', ('longitude', 'latitude')),
        ('recording', ('received_by_user',)),
        ('edition', ('submitted_at', 'submitted_by_user', 'credits')),
        ('area', ('longitude', 'latitude')),
    ):
        for column in columns:
            op.drop_column(table, column)
    for table in ('plan_state', 'plan_finding', 'upload', 'user_session', 'one_time_code', 'grant', 'user', 'station_setting', 'audit_entry'):
        op.drop_table(table)
