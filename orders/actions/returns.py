"""Returns: asked by the buyer, decided by the cheapest lawful way, received, restocked and paid back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from customs import returned
from logistics import codes
from logistics.warehousing import actions as warehousing
from marketplace.accounts.models import User
from marketplace.documents import actions as documents
from marketplace.documents.uploads import Upload
from marketplace.events.bus import publish
from marketplace.kit.lifecycle import IllegalMove
from marketplace.kit.money import total
from marketplace.kit.refusal import Refusal
from orders.actions.placing import serials
from orders.events import ReturnAsked, ReturnDecided, ReturnReceived, ReturnRefunded
from orders.models import Order, OrderLine, OrderState, Return, ReturnLine, ReturnReason, ReturnState
from orders.payments import actions as payments
from orders.payments.shares import PARTS
from orders.pieces import Back, Pieces, give_back
from orders.return_ways import FOOD_CHAPTERS, NO_FAULT, ways
from orders.returning import Way
from orders.tax_schemes import scheme_of

ASK_WITHIN: Final = timedelta(days=30)
# Within 14 days of delivery a consumer in the EU or the UK gets the outbound standard freight back as well
# (Directive 2011/83/EU art. 9 and 13; UK Consumer Contracts Regulations 2013 reg. 29 and 34).
CHANGE_OF_MIND: Final = timedelta(days=14)
GOES_BACK: Final = frozenset({"re-import", "resale"})


class NothingToReturn(Refusal):
    words = _("Choose at least one thing to return, and not more of it than you bought.")
    status = 400


class TooLateToReturn(Refusal):
    words = _(
        "Goods can be returned for 30 days after delivery. Write to us if something is wrong with them."
    )


class NotDelivered(Refusal):
    words = _("The goods are not there yet. Before they ship you can cancel the order instead.")


class AlreadyAsked(Refusal):
    words = _("You asked for a return of this order already: {number}. Finish that one first.")


class PhotosNeeded(Refusal):
    words = _("Add at least one photo, so that the maker sees what is wrong.")
    status = 400


class WayNotPossible(Refusal):
    words = _("This way is not possible for these goods: {why}")


class NotNow(Refusal):
    words = _("Return {number} is “{state}”, so this step is not possible now.")


class AnswerMissing(Refusal):
    words = _("Write a short answer. The buyer reads it.")
    status = 400


@transaction.atomic
def ask_return(
    *,
    number: str,
    wanted: Mapping[int, int],
    reason: str,
    words: str = "",
    photos: Sequence[Upload] = (),
    at: datetime,
) -> Return:
    """Ask to give goods back: line id → pieces. Damage needs a photo; food is not returned for taste."""
    order = (
        Order.objects.select_for_update(of=("self",))
        .select_related("group__buyer", "seller")
        .get(number=number)
    )
    if order.state not in {OrderState.DELIVERED, OrderState.COMPLETED} or order.delivered_at is None:
        raise NotDelivered
    if at > order.delivered_at + ASK_WITHIN:
        raise TooLateToReturn
    if known := order.returns.open().first():
        raise AlreadyAsked(number=known.number)
    if reason not in ReturnReason.values:
        raise NothingToReturn
    lines = {line.pk: line for line in order.lines.all()}
    chosen = {pk: count for pk, count in wanted.items() if count}
    if not chosen or any(pk not in lines or not 0 < n <= _left(lines[pk]) for pk, n in chosen.items()):
        raise NothingToReturn
    if reason in {ReturnReason.DAMAGED, ReturnReason.FAULTY, ReturnReason.WRONG} and not photos:
        raise PhotosNeeded
    made = Return.objects.create(
        number=serials("RET")[0],
        order=order,
        reason=reason,
        words=words[:4000],
        currency=order.currency,
        asked_at=at,
    )
    ReturnLine.objects.bulk_create(
        ReturnLine(request=made, line=lines[pk], quantity=count) for pk, count in sorted(chosen.items())
    )
    for photo in photos:
        kept = documents.store(
            "return-photo", f"{made.number}/{photo.sha256[:16]}", photo.filename, photo.content,
            photo.media_type, [order.group.buyer, order.seller],
        )  # fmt: skip
        made.photos.append({"document": kept.number, "name": photo.filename})
    made.save(update_fields=["photos"])
    publish(ReturnAsked(subject=order.number, request=made.number, reason=made.get_reason_display()))
    return made


def _left(line: OrderLine) -> int:
    """Count the pieces of a line that were not returned before."""
    gone = line.returns.exclude(request__state=ReturnState.REFUSED).values_list("quantity", flat=True)
    return line.quantity - sum(gone)


@transaction.atomic
def decide_return(*, number: str, way: str, by: User, answer: str, at: datetime) -> Return:
    """Choose a way, or refuse with an answer. Goods that stay are paid back at once, others when they arrive.

    On re-import the seller is the importer; goods that stay are imported by nobody again.
    """
    request = _locked(number)
    if not answer.strip():
        raise AnswerMissing
    compared = ways(request, at) if way != "refuse" else ()
    chosen = next((one for one in compared if one.code == way), None)
    if way not in {"refuse", "keep"} and (chosen is None or not chosen.possible):
        raise WayNotPossible(why=" ".join(chosen.words) if chosen else way)
    target = ReturnState.AGREED if way in GOES_BACK else ReturnState.STAYS
    _move(request, ReturnState.REFUSED if way == "refuse" else target)
    request.way = "" if way == "refuse" else way
    request.ways = [_plain(one) for one in compared]
    request.answer, request.decided_by, request.decided_at = answer.strip()[:400], by, at
    request.importer = request.order.seller.number if way == "re-import" else ""
    if target == ReturnState.AGREED and way != "refuse" and not request.label_number:
        request.label_number = codes.s10("RA", request.pk % 100_000_000, request.order.group.country)
    request.save()
    publish(
        ReturnDecided(
            subject=request.order.number, request=number, way=request.way or "refused", reason=request.answer
        )
    )
    if request.state == ReturnState.STAYS:
        _pay_back(request, at)
    return request


def _plain(way: Way) -> dict[str, Any]:
    row = asdict(way)
    for name in ("net", "brings", "costs"):
        row[name] = str(getattr(way, name).amount)
    return row | {"words": list(way.words)}


@transaction.atomic
def mark_return_sent(*, number: str) -> Return:
    """Note that the buyer gave the parcel away; again changes nothing."""
    request = _locked(number)
    if request.state != ReturnState.SENT:
        _move(request, ReturnState.SENT)
        request.save(update_fields=["state"])
    return request


@dataclass(frozen=True, slots=True)
class Arrived:
    """How many of a line came back, and in which condition."""

    quantity: int
    condition: str


@transaction.atomic
def receive_return(*, number: str, arrived: Mapping[int, Arrived], at: datetime) -> Return:
    """Take the parcel in: good things go back on the shelf, others are blocked; then the buyer is paid back.

    Food is never put on sale again. Again changes nothing.
    """
    request = _locked(number)
    if request.state in {ReturnState.RECEIVED, ReturnState.CLOSED}:
        return request
    rows = list(request.lines.select_related("line").order_by("pk"))
    if not any(one.quantity for one in arrived.values()):
        raise NothingToReturn
    for row in rows:
        one = arrived.get(row.pk, Arrived(0, ReturnLine.Condition.GOOD))
        if not 0 <= one.quantity <= row.quantity or one.condition not in ReturnLine.Condition.values:
            raise NothingToReturn
        row.arrived, row.condition = one.quantity, one.condition
        row.save(update_fields=["arrived", "condition"])
        if one.quantity:
            food = row.line.hs_code[:2] in FOOD_CHAPTERS
            warehousing.take_back(
                row.line.sku,
                owner=request.order.seller,
                quantity=one.quantity,
                sellable=one.condition == ReturnLine.Condition.GOOD and not food,
                order_number=request.order.number,
                reference=f"{request.number}/{row.pk}",
                at=at,
            )
    _move(request, ReturnState.RECEIVED)
    request.received_at = at
    request.save(update_fields=["state", "received_at"])
    publish(ReturnReceived(subject=request.order.number, request=number))
    _pay_back(request, at)
    return request


def owed(request: Return) -> Back:
    """Say what the buyer gets back, part by part.

    When the seller is at fault, or a consumer in the EU or UK changes their mind in time, everything that
    goes with the pieces; else the goods and their exchange margin, and the tax that we took on them.
    """
    order = request.order
    stays = request.state == ReturnState.STAYS
    pieces = [
        Pieces(row.line, count, _returned(row))
        for row in request.lines.select_related("line")
        if (count := row.quantity if stays else row.arrived)
    ]
    in_time = order.delivered_at is not None and request.asked_at <= order.delivered_at + CHANGE_OF_MIND
    protected = in_time and order.group.country in {*returned.EU, "GB"} and not order.group.company_name
    whole = request.reason not in NO_FAULT or protected
    return give_back(order, pieces, PARTS if whole else ("exchange",), at_sale=scheme_of(order) is not None)


def _returned(row: ReturnLine) -> int:
    """Count the pieces of the line that were paid back for earlier returns."""
    earlier = row.line.returns.filter(request__state=ReturnState.CLOSED).exclude(request=row.request_id)
    return sum(
        one.arrived or (0 if one.request.received_at else one.quantity)
        for one in earlier.select_related("request")
    )


def _pay_back(request: Return, at: datetime) -> None:
    order = request.order
    back = owed(request)
    parts = back.at_most(payments.left_parts(order.number))
    amount = total(parts.values(), order.currency)
    request.refund_amount, request.closed_at = amount.amount, at
    _move(request, ReturnState.CLOSED)
    request.save(update_fields=["state", "refund_amount", "closed_at"])
    if amount:
        words, key = f"Return {request.number}", f"return-{request.number}"
        payments.refund(order.number, None, words, key, lines=parts, of_lines=back.lines, at=at)
    publish(
        ReturnRefunded(
            subject=order.number, request=request.number, amount=str(amount.amount), currency=order.currency
        )
    )


def _locked(number: str) -> Return:
    rows = Return.objects.select_for_update(of=("self",)).select_related(
        "order__group__buyer", "order__seller"
    )
    return rows.get(number=number)


def _move(request: Return, state: str) -> None:
    try:
        request.move_to(state)
    except IllegalMove as refusal:
        raise NotNow(number=request.number, state=request.get_state_display()) from refusal
