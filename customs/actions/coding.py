"""Confirm a customs code, ask a person for one, answer such a question."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction

from catalog import actions as catalog_actions
from catalog.models import Product
from customs.codes import search, tree
from customs.events import CodeAnswered, CodeAsked, CodeConfirmed
from customs.models import CodeQuestion, ConfirmedCode
from customs.refusals import AlreadyAnswered, CodeUnexplained, UnknownCode
from marketplace.accounts.models import Company, User
from marketplace.events.bus import publish


def evidence_of(found: search.Suggestion, *, way: str) -> dict[str, Any]:
    """Keep what a person was shown when they chose: words, codes with their chances, question, edition."""
    return {
        "way": way,
        "query": found.query,
        "shown": [{"code": one.code, "share": one.share, "reason": one.reason} for one in found.codes],
        "question": found.question.words if found.question else "",
        "edition": found.edition,
    }


@transaction.atomic
def confirm_code(
    *, seller: Company, number: str, code: str, words: str, evidence: dict[str, Any], by: User, at: datetime
) -> ConfirmedCode:
    """Store a maker's choice with its evidence and put the code on the listing; a repetition counts once."""
    if len(code) != 6 or code not in tree.texts():
        raise UnknownCode(code=code[:12])
    product = Product.objects.select_for_update(of=("self",)).get(number=number, seller=seller)
    waiting = str(product.changes.get("hs_code", product.hs_code))
    if not waiting.startswith(code):  # a longer national code of the same goods stays
        catalog_actions.save_draft(seller=seller, number=number, fields={"hs_code": code})
    description = " ".join(words.split()) or product.title
    kept = ConfirmedCode.objects.filter(product_number=number, is_withdrawn=False).first()
    if kept is not None and (kept.hs6, kept.description) == (code, description):
        return kept
    ConfirmedCode.objects.filter(product_number=number).update(is_withdrawn=True)
    made = ConfirmedCode.objects.create(
        description=description, hs6=code, product_number=number, evidence=evidence, confirmed_by=by,
        confirmed_at=at,
    )  # fmt: skip
    publish(CodeConfirmed(subject=number, code=code, by=str(by)))
    return made


@transaction.atomic
def ask_person(
    *, seller: Company, number: str, query: str, shown: list[dict[str, Any]], by: User, at: datetime
) -> CodeQuestion:
    """Open one question for the customs desk; asking again while it is open brings the words up to date."""
    product = Product.objects.get(number=number, seller=seller)
    words = " ".join(query.split()) or product.title
    held = CodeQuestion.objects.open().filter(company=seller, product_number=number).first()
    if held is None:
        try:
            with transaction.atomic():
                held = CodeQuestion.objects.create(
                    company=seller, product_number=number, query=words, shown=shown, asked_by=by, asked_at=at
                )
        except IntegrityError:  # the same button twice at once
            return CodeQuestion.objects.open().get(company=seller, product_number=number)
        publish(CodeAsked(subject=number, query=words[:200]))
        return held
    held.query, held.shown = words, shown
    held.save(update_fields=["query", "shown"])
    return held


@transaction.atomic
def answer_question(*, question_id: int, code: str, reason: str, by: User, at: datetime) -> CodeQuestion:
    """Propose a code with its reason; the listing changes only when the maker confirms it."""
    held = CodeQuestion.objects.select_for_update(of=("self",)).get(pk=question_id)
    if held.answered_at is not None:
        if held.answer == code:
            return held
        raise AlreadyAnswered(code=held.answer)
    if len(code) != 6 or code not in tree.texts():
        raise UnknownCode(code=code[:12])
    if len(reason.split()) < 3:
        raise CodeUnexplained
    held.answer, held.reason, held.answered_by, held.answered_at = code, reason.strip(), by, at
    held.save(update_fields=["answer", "reason", "answered_by", "answered_at"])
    publish(CodeAnswered(subject=held.product_number, code=code, by=str(by), question=held.pk))
    return held
