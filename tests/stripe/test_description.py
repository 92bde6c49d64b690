"""The comparison itself notices what is wrong: a check that cannot fail proves nothing."""

from __future__ import annotations

import pytest

from tests.stripe import description

PAGE = (
    "mode=payment&success_url=http%3A%2F%2Fx.example%2F&line_items[0][quantity]=1"
    "&line_items[0][price_data][currency]=eur&line_items[0][price_data][unit_amount]=1200"
    "&line_items[0][price_data][product_data][name]=Basket"
)
SESSIONS = "/v1/checkout/sessions"


def test_a_request_as_described_passes() -> None:
    assert description.wrong_request("POST", SESSIONS, "", PAGE) == []


@pytest.mark.parametrize(
    ("body", "word"),
    [
        (PAGE + "&succes_url=x", "succes_url"),
        (PAGE.replace("=1200", "=twelve"), "twelve"),
        (PAGE.replace("mode=payment", "mode=gift"), "gift"),
        (PAGE + "&ui_mode=embedded", "embedded"),
        (PAGE + "&metadata=text", "metadata"),
    ],
)
def test_a_request_that_stripe_would_refuse_is_noticed(body: str, word: str) -> None:
    found = description.wrong_request("POST", SESSIONS, "", body)

    assert any(word in problem for problem in found), found


def test_an_operation_that_is_not_described_is_noticed() -> None:
    assert description.wrong_request("POST", "/v1/escrows", "", "") == ["POST /v1/escrows is not described"]


def test_a_misspelt_query_is_noticed() -> None:
    assert description.wrong_request("GET", "/v1/refunds", "charge=ch_1&limits=3", "") == [
        "query limits is unknown"
    ]


def test_an_answer_without_a_field_or_with_a_wrong_kind_is_noticed() -> None:
    refund = {
        "id": "re_1", "object": "refund", "amount": 5, "balance_transaction": None, "charge": "ch_1",
        "created": 1,
        "currency": "eur", "metadata": {}, "payment_intent": None, "reason": None, "receipt_number": None,
        "source_transfer_reversal": None, "status": "succeeded", "transfer_reversal": None,
    }  # fmt: skip

    assert description.wrong_things(refund) == []
    assert description.wrong_things({**refund, "amount": "5"})
    assert description.wrong_things({name: value for name, value in refund.items() if name != "currency"})


def test_the_types_of_the_client_notice_a_wrong_word_and_a_missing_field() -> None:
    kind = "stripe.params._transfer_create_params.TransferCreateParams"

    assert description.wrong_params(kind, {"currency": "eur", "destination": "acct_1"}) == []
    assert description.wrong_params(kind, {"currency": "eur"}) == ["destination is missing"]
    assert description.wrong_params(kind, {"currency": "eur", "destination": "acct_1", "to": "x"}) == [
        "to is unknown"
    ]
