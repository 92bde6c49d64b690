-- The one way to book: returns the journal's id, or null when (kind, source) was booked before.
CREATE OR REPLACE FUNCTION payments_post(
    p_kind varchar, p_source varchar, p_memo varchar, p_happened timestamptz, p_reverses bigint, p_entries jsonb
) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE new_journal bigint;
BEGIN
    INSERT INTO payments_journal (kind, source, memo, reverses_id, happened_at, booked_at, transaction_id)
    VALUES (p_kind, p_source, p_memo, p_reverses, p_happened, clock_timestamp(), pg_current_xact_id()::text::bigint)
    ON CONFLICT (kind, source) DO NOTHING RETURNING id INTO new_journal;
    IF new_journal IS NULL THEN
        RETURN NULL;
    END IF;
    INSERT INTO payments_account (code, currency, normal, guarded, clearing)
    SELECT DISTINCT e.code, e.currency, e.normal, e.guarded, e.clearing
    FROM jsonb_to_recordset(p_entries) AS e(code varchar, currency varchar, normal smallint, guarded boolean, clearing boolean)
    WHERE NOT EXISTS (SELECT 1 FROM payments_account a WHERE a.code = e.code AND a.currency = e.currency)
    ON CONFLICT (code, currency) DO NOTHING;
    INSERT INTO payments_posting (journal_id, account_id, currency, minor)
    SELECT new_journal, a.id, e.currency, e.minor
    FROM jsonb_to_recordset(p_entries) AS e(code varchar, currency varchar, minor bigint)
    JOIN payments_account a ON a.code = e.code AND a.currency = e.currency
    ORDER BY a.id;
    RETURN new_journal;
END $$;

-- Cached balances: kept by the database, guarded accounts in one row, busy ones spread over eight.
CREATE OR REPLACE FUNCTION payments_keep_balances() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE spread smallint := (pg_backend_pid() % 8)::smallint;
BEGIN
    IF EXISTS (SELECT 1 FROM fresh f JOIN payments_journal j ON j.id = f.journal_id
               WHERE j.transaction_id <> pg_current_xact_id()::text::bigint) THEN
        RAISE EXCEPTION 'a journal is closed with its own transaction' USING ERRCODE = 'restrict_violation';
    END IF;
    IF EXISTS (SELECT 1 FROM fresh f JOIN payments_account a ON a.id = f.account_id WHERE a.currency <> f.currency) THEN
        RAISE EXCEPTION 'a posting must be in the currency of its account' USING ERRCODE = 'check_violation';
    END IF;
    INSERT INTO payments_balance (account_id, shard, guarded, minor)
    SELECT DISTINCT a.id, CASE WHEN a.guarded THEN 0 ELSE spread END, a.guarded, 0
    FROM fresh f JOIN payments_account a ON a.id = f.account_id
    WHERE NOT EXISTS (SELECT 1 FROM payments_balance b
                      WHERE b.account_id = a.id AND b.shard = CASE WHEN a.guarded THEN 0 ELSE spread END)
    ON CONFLICT (account_id, shard) DO NOTHING;
    -- Always in the same order, so that two journals never wait for each other in a circle.
    PERFORM 1 FROM payments_balance b JOIN payments_account a ON a.id = b.account_id
    WHERE b.account_id IN (SELECT account_id FROM fresh) AND b.shard = CASE WHEN a.guarded THEN 0 ELSE spread END
    ORDER BY b.account_id FOR UPDATE OF b;
    UPDATE payments_balance b SET minor = b.minor + moved.minor
    FROM (SELECT a.id, a.guarded, sum(f.minor) * a.normal AS minor
          FROM fresh f JOIN payments_account a ON a.id = f.account_id GROUP BY a.id) moved
    WHERE b.account_id = moved.id AND b.shard = CASE WHEN moved.guarded THEN 0 ELSE spread END;
    RETURN NULL;
END $$;
CREATE TRIGGER payments_balances AFTER INSERT ON payments_posting
    REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION payments_keep_balances();

-- Balance per currency, proven at commit.
CREATE OR REPLACE FUNCTION payments_prove_journal() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE found record; lines integer := 0;
BEGIN
    FOR found IN SELECT currency, sum(minor) AS minor, count(*) AS n FROM payments_posting
                 WHERE journal_id = NEW.id GROUP BY currency LOOP
        lines := lines + found.n;
        IF found.minor <> 0 THEN
            RAISE EXCEPTION 'journal % is out of balance by % % minor units', NEW.id, found.currency, found.minor
                USING ERRCODE = 'check_violation';
        END IF;
    END LOOP;
    IF lines < 2 THEN
        RAISE EXCEPTION 'journal % has fewer than two postings', NEW.id USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER payments_journal_balances AFTER INSERT ON payments_journal
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION payments_prove_journal();

-- Append-only. Only a database made for tests may be emptied, unless the test asks for the rule.
CREATE OR REPLACE FUNCTION payments_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'TRUNCATE' AND current_database() LIKE 'test\_%'
       AND current_setting('sampan.keep_ledger', true) IS DISTINCT FROM 'yes' THEN
        RETURN NULL;
    END IF;
    RAISE EXCEPTION 'the ledger is append-only: book a reversal instead of % on %', TG_OP, TG_TABLE_NAME
        USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER payments_journal_fixed BEFORE UPDATE OR DELETE ON payments_journal
    FOR EACH ROW EXECUTE FUNCTION payments_append_only();
CREATE TRIGGER payments_posting_fixed BEFORE UPDATE OR DELETE ON payments_posting
    FOR EACH ROW EXECUTE FUNCTION payments_append_only();
CREATE TRIGGER payments_day_fixed BEFORE UPDATE OR DELETE ON payments_ledgerday
    FOR EACH ROW EXECUTE FUNCTION payments_append_only();
CREATE TRIGGER payments_journal_kept BEFORE TRUNCATE ON payments_journal
    FOR EACH STATEMENT EXECUTE FUNCTION payments_append_only();
CREATE TRIGGER payments_posting_kept BEFORE TRUNCATE ON payments_posting
    FOR EACH STATEMENT EXECUTE FUNCTION payments_append_only();
