"""Moves of stock and withdrawals from bond are written once: the database refuses to change them."""

from __future__ import annotations

from django.db import migrations

UP = """
CREATE SEQUENCE IF NOT EXISTS warehousing_serial;
CREATE OR REPLACE FUNCTION warehousing_final() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'rows of % are final', TG_TABLE_NAME USING ERRCODE = 'integrity_constraint_violation';
END $$;
CREATE TRIGGER warehousing_moves_final BEFORE UPDATE OR DELETE ON warehousing_stockmove
    FOR EACH ROW EXECUTE FUNCTION warehousing_final();
CREATE TRIGGER warehousing_bond_final BEFORE UPDATE OR DELETE ON warehousing_bondedentry
    FOR EACH ROW EXECUTE FUNCTION warehousing_final();
CREATE TRIGGER warehousing_snapshots_final BEFORE UPDATE OR DELETE ON warehousing_storagesnapshot
    FOR EACH ROW EXECUTE FUNCTION warehousing_final();
"""
DOWN = """
DROP TRIGGER warehousing_moves_final ON warehousing_stockmove;
DROP TRIGGER warehousing_bond_final ON warehousing_bondedentry;
DROP TRIGGER warehousing_snapshots_final ON warehousing_storagesnapshot;
DROP FUNCTION warehousing_final();
DROP SEQUENCE warehousing_serial;
"""


class Migration(migrations.Migration):
    dependencies = [("warehousing", "0002_inbound_counts_picks_and_storage")]
    operations = [migrations.RunSQL(UP, DOWN)]
