"""The villages: players, pairing codes, plans, commands, journals as handed over; the file that is sent to them."""

import sqlalchemy as sa
from alembic import op

from scheduler.models.base import UtcDateTime

revision = '0004'
down_revision = '0003'
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the tables and columns."""
    op.create_table('village_command',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('kind', sa.String(length=16), nullable=False),
    sa.Column('audience', sa.JSON(), nullable=False),
    sa.Column('facts', sa.JSON(), nullable=False),
    sa.Column('body', sa.LargeBinary(), nullable=False),
    sa.Column('exercise', sa.Boolean(), nullable=False),
    sa.Column('broadcast_id', sa.Uuid(), nullable=True),
    sa.Column('issued_at', UtcDateTime(), nullable=False),
    sa.Column('expires_at', UtcDateTime(), nullable=False),
    sa.Column('issued_by', sa.Text(), nullable=False),
    sa.Column('user_id', sa.Integer(), nullable=True),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_village_command'))
    )
    op.create_index(op.f('ix_village_command_issued_at'), 'village_command', ['issued_at'], unique=False)
    op.create_table('player',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('zone_id', sa.Integer(), nullable=False),
    sa.Column('username', sa.String(length=32), nullable=False),
    sa.Column('public_key', sa.String(length=64), nullable=False),
    sa.Column('broker_password', sa.Text(), nullable=False),
    sa.Column('token_sha256', sa.String(length=64), nullable=False),
    sa.Column('box', sa.Text(), nullable=False),
    sa.Column('paired_at', UtcDateTime(), nullable=False),
    sa.Column('paired_by', sa.Text(), nullable=False),
    sa.Column('revoked_at', UtcDateTime(), nullable=True),
    sa.Column('revoked_by', sa.Text(), nullable=True),
    sa.Column('revoke_reason', sa.Text(), nullable=False),
    sa.Column('sample', sa.Boolean(), nullable=False),
    sa.ForeignKeyConstraint(['zone_id'], ['zone.id'], name=op.f('fk_player_zone_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_player')),
    sa.UniqueConstraint('token_sha256', name=op.f('uq_player_token_sha256')),
    sa.UniqueConstraint('username', name=op.f('uq_player_username'))
    )
    op.create_index(op.f('ix_player_zone_id'), 'player', ['zone_id'], unique=False)
    op.create_index('ix_player_zone_in_use', 'player', ['zone_id'], unique=True, sqlite_where=sa.text('revoked_at IS NULL'), postgresql_where=sa.text('revoked_at IS NULL'))
    op.create_table('village_plan',
    sa.Column('zone_id', sa.Integer(), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('digest', sa.String(length=64), nullable=False),
    sa.Column('programmes', sa.Integer(), nullable=False),
    sa.Column('until', UtcDateTime(), nullable=False),
    sa.Column('made_at', UtcDateTime(), nullable=False),
    sa.Column('sent_version', sa.Integer(), nullable=False),
    sa.Column('sent_to', sa.String(length=32), nullable=False),
    sa.Column('body', sa.LargeBinary(), nullable=False),
    sa.ForeignKeyConstraint(['zone_id'], ['zone.id'], name=op.f('fk_village_plan_zone_id')),
    sa.PrimaryKeyConstraint('zone_id', name=op.f('pk_village_plan'))
    )
    op.create_table('command_delivery',
    sa.Column('command_id', sa.Uuid(), nullable=False),
    sa.Column('zone_id', sa.Integer(), nullable=False),
    sa.Column('player_id', sa.Integer(), nullable=False),
    sa.Column('sent_at', UtcDateTime(), nullable=True),
    sa.Column('outcome', sa.Enum('done', 'refused', 'expired', name='commandoutcome', native_enum=False, length=32), nullable=True),
    sa.Column('reason', sa.String(length=64), nullable=False),
    sa.Column('answered_at', UtcDateTime(), nullable=True),
    sa.ForeignKeyConstraint(['command_id'], ['village_command.id'], name=op.f('fk_command_delivery_command_id')),
    sa.ForeignKeyConstraint(['player_id'], ['player.id'], name=op.f('fk_command_delivery_player_id')),
    sa.ForeignKeyConstraint(['zone_id'], ['zone.id'], name=op.f('fk_command_delivery_zone_id')),
    sa.PrimaryKeyConstraint('command_id', 'zone_id', name=op.f('pk_command_delivery'))
    )
    op.create_index('ix_command_delivery_waiting', 'command_delivery', ['zone_id'], unique=False, sqlite_where=sa.text('outcome IS NULL'), postgresql_where=sa.text('outcome IS NULL'))
    op.create_table('pairing_code',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('code_sha256', sa.String(length=64), nullable=False),
    sa.Column('zone_id', sa.Integer(), nullable=False),
    sa.Column('made_at', UtcDateTime(), nullable=False),
    sa.Column('made_by', sa.Text(), nullable=False),
    sa.Column('expires_at', UtcDateTime(), nullable=False),
    sa.Column('used_at', UtcDateTime(), nullable=True),
    sa.Column('player_id', sa.Integer(), nullable=True),
    sa.ForeignKeyConstraint(['player_id'], ['player.id'], name=op.f('fk_pairing_code_player_id')),
    sa.ForeignKeyConstraint(['zone_id'], ['zone.id'], name=op.f('fk_pairing_code_zone_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_pairing_code')),
    sa.UniqueConstraint('code_sha256', name=op.f('uq_pairing_code_code_sha256'))
    )
    op.create_index(op.f('ix_pairing_code_zone_id'), 'pairing_code', ['zone_id'], unique=False)
    op.create_table('player_state',
    sa.Column('player_id', sa.Integer(), nullable=False),
    sa.Column('online', sa.Boolean(), nullable=False),
    sa.Column('seen_at', UtcDateTime(), nullable=True),
    sa.Column('turned_at', UtcDateTime(), nullable=True),
    sa.Column('instance', sa.String(length=64), nullable=False),
    sa.Column('boot', sa.String(length=64), nullable=False),
    sa.Column('hellos', sa.JSON(), nullable=False),
    sa.Column('twin_at', UtcDateTime(), nullable=True),
    sa.Column('plan_version', sa.Integer(), nullable=False),
    sa.Column('plan_until', UtcDateTime(), nullable=True),
    sa.Column('files_wanted', sa.Integer(), nullable=False),
    sa.Column('files_ready', sa.Integer(), nullable=False),
    sa.Column('journal_waiting', sa.Integer(), nullable=False),
    sa.Column('data_day', sa.String(length=10), nullable=True),
    sa.Column('data_bytes', sa.BigInteger(), nullable=False),
    sa.Column('data_month', sa.String(length=7), nullable=True),
    sa.Column('data_earlier_bytes', sa.BigInteger(), nullable=False),
    sa.Column('on_air', sa.Uuid(), nullable=True),
    sa.Column('problems', sa.JSON(), nullable=False),
    sa.Column('status', sa.JSON(), nullable=False),
    sa.ForeignKeyConstraint(['player_id'], ['player.id'], name=op.f('fk_player_state_player_id')),
    sa.PrimaryKeyConstraint('player_id', name=op.f('pk_player_state'))
    )
    op.create_table('village_journal_row',
    sa.Column('player_id', sa.Integer(), nullable=False),
    sa.Column('instance', sa.String(length=64), nullable=False),
    sa.Column('seq', sa.BigInteger(), nullable=False),
    sa.Column('boot', sa.String(length=64), nullable=False),
    sa.Column('zone_id', sa.Integer(), nullable=False),
    sa.Column('kind', sa.String(length=16), nullable=False),
    sa.Column('at', UtcDateTime(), nullable=True),
    sa.Column('facts', sa.JSON(), nullable=False),
    sa.Column('received_at', UtcDateTime(), nullable=False),
    sa.Column('state', sa.Enum('received', 'posted', 'quarantined', name='journalstate', native_enum=False, length=32), nullable=False),
    sa.Column('problem', sa.JSON(), nullable=True),
    sa.ForeignKeyConstraint(['player_id'], ['player.id'], name=op.f('fk_village_journal_row_player_id')),
    sa.PrimaryKeyConstraint('player_id', 'instance', 'seq', name=op.f('pk_village_journal_row'))
    )
    op.create_index('ix_village_journal_row_quarantined', 'village_journal_row', ['received_at'], unique=False, sqlite_where=sa.text("state = 'quarantined'"), postgresql_where=sa.text("state = 'quarantined'"))
    op.create_index('ix_village_journal_row_to_post', 'village_journal_row', ['player_id', 'instance', 'seq'], unique=False, sqlite_where=sa.text("state = 'received'"), postgresql_where=sa.text("state = 'received'"))
    op.add_column('running_order', sa.Column('transport_sha256', sa.String(length=64), nullable=True))
    op.add_column('running_order', sa.Column('transport_bytes', sa.Integer(), nullable=True))
    op.create_index(op.f('ix_running_order_transport_sha256'), 'running_order', ['transport_sha256'], unique=False)


def downgrade() -> None:
    """Take them away."""
    op.drop_index(op.f('ix_running_order_transport_sha256'), table_name='running_order')
    op.drop_column('running_order', 'transport_bytes')
    op.drop_column('running_order', 'transport_sha256')
    op.drop_index('ix_village_journal_row_to_post', table_name='village_journal_row', sqlite_where=sa.text("state = 'received'"), postgresql_where=sa.text("state = 'received'"))
    op.drop_index('ix_village_journal_row_quarantined', table_name='village_journal_row', sqlite_where=sa.text("state = 'quarantined'"), postgresql_where=sa.text("state = 'quarantined'"))
    op.drop_table('village_journal_row')
    op.drop_table('player_state')
    op.drop_index(op.f('ix_pairing_code_zone_id'), table_name='pairing_code')
    op.drop_table('pairing_code')
    op.drop_index('ix_command_delivery_waiting', table_name='command_delivery', sqlite_where=sa.text('outcome IS NULL'), postgresql_where=sa.text('outcome IS NULL'))
    op.drop_table('command_delivery')
    op.drop_table('village_plan')
    op.drop_index('ix_player_zone_in_use', table_name='player', sqlite_where=sa.text('revoked_at IS NULL'), postgresql_where=sa.text('revoked_at IS NULL'))
    op.drop_index(op.f('ix_player_zone_id'), table_name='player')
    op.drop_table('player')
    op.drop_index(op.f('ix_village_command_issued_at'), table_name='village_command')
    op.drop_table('village_command')
