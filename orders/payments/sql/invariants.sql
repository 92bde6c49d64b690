-- Each view lists what breaks a law of the books; an empty view is a law that holds.
-- deposits.sql says I3 and I8 anew for orders that are paid in two steps.
CREATE OR REPLACE VIEW payments_i1_unbalanced AS
SELECT journal_id::text AS subject, currency || ' ' || sum(minor) AS problem
FROM payments_posting GROUP BY journal_id, currency HAVING sum(minor) <> 0
UNION ALL
SELECT j.id::text, 'fewer than two postings' FROM payments_journal j
WHERE (SELECT count(*) FROM payments_posting p WHERE p.journal_id = j.id) < 2;

CREATE OR REPLACE VIEW payments_i2_balance_drift AS
SELECT a.code || ' ' || a.currency AS subject, 'cached ' || coalesce(b.minor, 0) || ', postings ' || coalesce(p.minor, 0) AS problem
FROM payments_account a
LEFT JOIN (SELECT account_id, sum(minor) AS minor FROM payments_balance GROUP BY account_id) b ON b.account_id = a.id
LEFT JOIN (SELECT account_id, sum(minor) AS minor FROM payments_posting GROUP BY account_id) p ON p.account_id = a.id
WHERE coalesce(b.minor, 0) <> coalesce(p.minor, 0) * a.normal;

CREATE OR REPLACE VIEW payments_i3_order_holds AS
SELECT s.order_number AS subject, 'hold ' || coalesce(held.minor, 0) || ', expected ' || expected.minor AS problem
FROM payments_ordershare s
CROSS JOIN LATERAL (
    SELECT CASE WHEN s.state IN ('HELD', 'REFUNDED') THEN payments_minor(
        s.goods_amount + s.exchange_amount + s.freight_amount + s.insurance_amount + s.duty_amount + s.tax_amount
        + s.fees_amount - coalesce((SELECT sum(r.amount) FROM payments_refund r WHERE r.order_number = s.order_number), 0),
        s.currency) ELSE 0 END AS minor
) expected
LEFT JOIN LATERAL (
    SELECT sum(b.minor) AS minor FROM payments_account a JOIN payments_balance b ON b.account_id = a.id
    WHERE a.code = 'order:' || s.order_number || ':hold' AND a.currency = s.currency
) held ON true
WHERE coalesce(held.minor, 0) <> expected.minor;

CREATE OR REPLACE VIEW payments_i4_overdrawn AS
SELECT a.code || ' ' || a.currency AS subject, 'balance ' || b.minor AS problem
FROM payments_balance b JOIN payments_account a ON a.id = b.account_id WHERE a.guarded AND b.minor < 0;

CREATE OR REPLACE VIEW payments_i5_captures AS
SELECT p.reference AS subject, 'paid without its one capture journal' AS problem FROM payments_payment p
WHERE p.state = 'PAID' AND (SELECT count(*) FROM payments_journal j WHERE j.kind = 'capture' AND j.source = p.reference) <> 1
UNION ALL
SELECT j.source, 'a capture without a paid payment' FROM payments_journal j
WHERE j.kind = 'capture' AND NOT EXISTS (SELECT 1 FROM payments_payment p WHERE p.reference = j.source AND p.state = 'PAID');

CREATE OR REPLACE VIEW payments_i6_sellers AS
SELECT owed.seller || ' ' || owed.currency AS subject,
       'earnings ' || owed.minor || ', ledger ' || coalesce(booked.minor, 0) AS problem
FROM (SELECT seller, currency, sum(CASE WHEN state IN ('PENDING', 'AVAILABLE') THEN payments_minor(amount, currency) ELSE 0 END) AS minor
      FROM payments_earning GROUP BY seller, currency) owed
LEFT JOIN LATERAL (
    SELECT sum(CASE WHEN a.code = 'seller:' || owed.seller || ':payable' THEN b.minor ELSE -b.minor END) AS minor
    FROM payments_account a JOIN payments_balance b ON b.account_id = a.id
    WHERE a.currency = owed.currency
      AND a.code IN ('seller:' || owed.seller || ':payable', 'seller:' || owed.seller || ':receivable')
) booked ON true
WHERE owed.minor <> coalesce(booked.minor, 0)
UNION ALL
SELECT o.number, 'amount is not the sum of its lines' FROM payments_payout o
WHERE o.amount <> (SELECT coalesce(sum(l.amount), 0) FROM payments_payoutline l WHERE l.payout_id = o.id);

CREATE OR REPLACE VIEW payments_i7_clearing AS
SELECT a.code || ' ' || a.currency AS subject,
       'open ' || sum(b.minor) || ' minor units since ' || last.day::date AS problem
FROM payments_account a JOIN payments_balance b ON b.account_id = a.id
CROSS JOIN LATERAL (SELECT max(j.booked_at) AS day FROM payments_posting p JOIN payments_journal j ON j.id = p.journal_id
                    WHERE p.account_id = a.id) last
WHERE a.clearing GROUP BY a.id, last.day HAVING sum(b.minor) <> 0 AND last.day < now() - interval '24 hours';

CREATE OR REPLACE VIEW payments_i8_totals AS
SELECT p.reference AS subject, 'buyer paid ' || p.captured_amount || ', charge was ' || p.charged_amount AS problem
FROM payments_payment p WHERE p.state = 'PAID' AND p.captured_amount <> p.charged_amount
UNION ALL
SELECT p.reference, 'orders sum to ' || sum(s.goods_amount + s.exchange_amount + s.freight_amount + s.insurance_amount
       + s.duty_amount + s.tax_amount + s.fees_amount) || ', the payment is ' || p.amount
FROM payments_payment p JOIN payments_ordershare s ON s.payment_id = p.id GROUP BY p.id
HAVING sum(s.goods_amount + s.exchange_amount + s.freight_amount + s.insurance_amount
       + s.duty_amount + s.tax_amount + s.fees_amount) <> p.amount;
