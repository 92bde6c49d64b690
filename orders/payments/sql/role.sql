-- The ledger belongs to a role of its own that nobody signs in as. The product may read and add; it may not
-- change, delete or empty, nor touch the triggers. Where the database user may not create roles, or is a
-- superuser whom no right holds back, everything stays as it was: the triggers alone protect the ledger.
CREATE OR REPLACE FUNCTION pg_temp.payments_hand_over() RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    me text := current_user;
    ledger text := current_user || '_ledger';
    place text := current_schema();
    name text;
BEGIN
    IF (SELECT rolsuper FROM pg_roles WHERE rolname = me) THEN
        RETURN 'superuser';
    END IF;
    IF NOT EXISTS (SELECT 1 FROM pg_roles WHERE rolname = ledger) THEN
        BEGIN
            EXECUTE format('CREATE ROLE %I NOLOGIN', ledger);
        EXCEPTION WHEN duplicate_object OR unique_violation THEN
            NULL;  -- another database of this server made it just now
        END;
    END IF;
    EXECUTE format('GRANT %I TO %I', ledger, me);
    EXECUTE format('GRANT USAGE, CREATE ON SCHEMA %I TO %I', place, ledger);
    FOREACH name IN ARRAY ARRAY['payments_account', 'payments_balance', 'payments_journal', 'payments_posting', 'payments_ledgerday'] LOOP
        EXECUTE format('ALTER TABLE %I.%I OWNER TO %I', place, name, ledger);
        EXECUTE format('REVOKE ALL ON %I.%I FROM %I', place, name, me);
        EXECUTE format('GRANT SELECT, INSERT ON %I.%I TO %I', place, name, me);
        IF current_database() LIKE 'test\_%' THEN
            EXECUTE format('GRANT TRUNCATE ON %I.%I TO %I', place, name, me);  -- tests empty their tables
        END IF;
    END LOOP;
    -- Balances move by this trigger only, so the product needs no right to write them.
    EXECUTE format('REVOKE INSERT ON %I.payments_balance FROM %I', place, me);
    EXECUTE format('ALTER FUNCTION %I.payments_keep_balances() SECURITY DEFINER SET search_path = %I, pg_temp', place, place);
    FOREACH name IN ARRAY ARRAY['payments_keep_balances', 'payments_prove_journal', 'payments_append_only'] LOOP
        EXECUTE format('ALTER FUNCTION %I.%I() OWNER TO %I', place, name, ledger);
    END LOOP;
    EXECUTE format('REVOKE CREATE ON SCHEMA %I FROM %I', place, ledger);
    EXECUTE format('REVOKE %I FROM %I', ledger, me);
    RETURN 'role';
EXCEPTION WHEN insufficient_privilege THEN
    RETURN 'trigger';
END $$;
