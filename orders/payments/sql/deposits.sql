-- Orders paid in two steps: a deposit lies apart until its balance comes, and each payment is the sum of its steps.
CREATE OR REPLACE VIEW payments_i3_order_holds AS
SELECT s.order_number AS subject, 'hold ' || coalesce(held.minor, 0) || ', expected ' || expected.minor AS problem
FROM payments_ordershare s
CROSS JOIN LATERAL (
    SELECT CASE
        WHEN s.state = 'REFUNDED' AND EXISTS (SELECT 1 FROM payments_instalment i WHERE i.share_id = s.id) THEN 0
        WHEN s.state IN ('HELD', 'REFUNDED') THEN payments_minor(
        s.goods_amount + s.exchange_amount + s.freight_amount + s.insurance_amount + s.duty_amount + s.tax_amount
        + s.fees_amount - coalesce((SELECT sum(r.amount) FROM payments_refund r WHERE r.order_number = s.order_number), 0),
        s.currency) ELSE 0 END AS minor
) expected
LEFT JOIN LATERAL (
    SELECT sum(b.minor) AS minor FROM payments_account a JOIN payments_balance b ON b.account_id = a.id
    WHERE a.code = 'order:' || s.order_number || ':hold' AND a.currency = s.currency
) held ON true
WHERE coalesce(held.minor, 0) <> expected.minor
UNION ALL
SELECT s.order_number, 'deposit ' || coalesce(held.minor, 0) || ', expected ' || expected.minor
FROM payments_ordershare s
JOIN payments_instalment i ON i.share_id = s.id AND i.n = 1
CROSS JOIN LATERAL (
    SELECT CASE WHEN s.state = 'DEPOSIT' THEN payments_minor(
        i.amount - coalesce((SELECT sum(r.amount) FROM payments_refund r WHERE r.order_number = s.order_number), 0),
        s.currency) ELSE 0 END AS minor
) expected
LEFT JOIN LATERAL (
    SELECT sum(b.minor) AS minor FROM payments_account a JOIN payments_balance b ON b.account_id = a.id
    WHERE a.code = 'order:' || s.order_number || ':deposit' AND a.currency = s.currency
) held ON true
WHERE coalesce(held.minor, 0) <> expected.minor;

CREATE OR REPLACE VIEW payments_i8_totals AS
SELECT p.reference AS subject, 'buyer paid ' || p.captured_amount || ', charge was ' || p.charged_amount AS problem
FROM payments_payment p WHERE p.state = 'PAID' AND p.captured_amount <> p.charged_amount
UNION ALL
SELECT p.reference, 'orders sum to ' || sum(coalesce(i.amount, s.goods_amount + s.exchange_amount + s.freight_amount
       + s.insurance_amount + s.duty_amount + s.tax_amount + s.fees_amount)) || ', the payment is ' || p.amount
FROM payments_payment p JOIN payments_ordershare s ON s.payment_id = p.id
LEFT JOIN payments_instalment i ON i.share_id = s.id AND i.n = 1
GROUP BY p.id
HAVING sum(coalesce(i.amount, s.goods_amount + s.exchange_amount + s.freight_amount
       + s.insurance_amount + s.duty_amount + s.tax_amount + s.fees_amount)) <> p.amount
UNION ALL
SELECT p.reference, 'the balance is ' || i.amount || ', the payment is ' || p.amount
FROM payments_instalment i JOIN payments_payment p ON p.reference = i.reference
WHERE i.n = 2 AND i.amount <> p.amount
UNION ALL
SELECT s.order_number::varchar(60), 'deposit and balance are ' || sum(i.amount) || ', the order is '
       || s.goods_amount + s.exchange_amount + s.freight_amount + s.insurance_amount + s.duty_amount + s.tax_amount + s.fees_amount
FROM payments_ordershare s JOIN payments_instalment i ON i.share_id = s.id GROUP BY s.id
HAVING sum(i.amount) <> s.goods_amount + s.exchange_amount + s.freight_amount + s.insurance_amount + s.duty_amount
       + s.tax_amount + s.fees_amount;
