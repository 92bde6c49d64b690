"""A rate card that a quote has used is final: the database refuses to change its rules, prices, zones and legs."""

from __future__ import annotations

from django.db import migrations

UP = """
CREATE OR REPLACE FUNCTION logistics_card_final() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.used_at IS NOT NULL AND (TG_OP = 'DELETE' OR
        (NEW.rules, NEW.currency, NEW.valid_from, NEW.number, NEW.service_id, NEW.source, NEW.used_at)
        IS DISTINCT FROM
        (OLD.rules, OLD.currency, OLD.valid_from, OLD.number, OLD.service_id, OLD.source, OLD.used_at))
    THEN
        RAISE EXCEPTION 'rate card version % was used by a quote and is final', OLD.id
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    IF TG_OP = 'DELETE' THEN RETURN OLD; END IF;
    RETURN NEW;
END $$;
CREATE OR REPLACE FUNCTION logistics_card_rows_final() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    touched bigint[] := ARRAY[]::bigint[];
BEGIN
    IF TG_OP <> 'INSERT' THEN touched := touched || OLD.version_id; END IF;
    IF TG_OP <> 'DELETE' THEN touched := touched || NEW.version_id; END IF;
    IF EXISTS (
        SELECT 1 FROM logistics_serviceversion WHERE id = ANY (touched) AND used_at IS NOT NULL FOR SHARE
    ) THEN
        RAISE EXCEPTION 'this rate card version was used by a quote and is final'
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    IF TG_OP = 'DELETE' THEN RETURN OLD; END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER logistics_card_final BEFORE UPDATE OR DELETE ON logistics_serviceversion
    FOR EACH ROW EXECUTE FUNCTION logistics_card_final();
CREATE TRIGGER logistics_prices_final BEFORE INSERT OR UPDATE OR DELETE ON logistics_pricerow
    FOR EACH ROW EXECUTE FUNCTION logistics_card_rows_final();
CREATE TRIGGER logistics_zones_final BEFORE INSERT OR UPDATE OR DELETE ON logistics_zonerow
    FOR EACH ROW EXECUTE FUNCTION logistics_card_rows_final();
CREATE TRIGGER logistics_legs_final BEFORE INSERT OR UPDATE OR DELETE ON logistics_leg
    FOR EACH ROW EXECUTE FUNCTION logistics_card_rows_final();
"""
DOWN = """
DROP TRIGGER logistics_card_final ON logistics_serviceversion;
DROP TRIGGER logistics_prices_final ON logistics_pricerow;
DROP TRIGGER logistics_zones_final ON logistics_zonerow;
DROP TRIGGER logistics_legs_final ON logistics_leg;
DROP FUNCTION logistics_card_final();
DROP FUNCTION logistics_card_rows_final();
"""


class Migration(migrations.Migration):
    dependencies = [("logistics", "0002_shared_boxes_calendars_and_codes")]
    operations = [migrations.RunSQL(UP, DOWN)]
