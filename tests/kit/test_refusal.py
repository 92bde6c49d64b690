"""Refusals as they travel and as programs name them."""

from __future__ import annotations

import pickle

from orders.actions.placing import FewLeft
from orders.payments.gateways.base import ProviderSilent


def test_a_refusal_arrives_whole_in_another_process():
    for sent in (FewLeft(what="Basket", left=2), ProviderSilent()):
        arrived = pickle.loads(pickle.dumps(sent))  # noqa: S301

        assert type(arrived) is type(sent)
        assert (str(arrived), arrived.facts, arrived.status) == (str(sent), sent.facts, sent.status)


def test_its_name_for_programs_is_its_class():
    assert FewLeft(what="Basket", left=2).code == "few-left"
