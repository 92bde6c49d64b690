"""What a person of the finance desk must know first: each line true with nothing and with very much."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.db.models import Sum
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l
from django.utils.translation import ngettext

from marketplace.currency.models import SpreadChange
from marketplace.currency.table import RateTable
from marketplace.kit.money import Money, total
from orders.payments import exposure, held
from orders.payments.models import Balance, Correction, OrderShare, Payout, PayoutState, Rail


@dataclass(frozen=True, slots=True)
class Line:
    """One line: what it is about, what is true now, the page behind it; `bad` asks for a person."""

    name: str | Promise
    words: str
    page: str
    bad: bool = False
    sums: tuple[Money, ...] = ()

    @property
    def page_name(self) -> str:
        return f"console:{self.page}"


def lines(at: datetime, table: RateTable) -> Iterator[Line]:
    """Ask the books; a constant number of questions however much is going on."""
    yield _clearing(at)
    yield _held(at)
    yield _payouts()
    rows = Balance.objects.filter(account__code="guarantee:pool").values_list("account__currency")
    found = rows.annotate(sum=Sum("minor")).order_by("account__currency")
    pool = tuple(Money.from_minor(minor, code) for code, minor in found if minor)
    words = "" if pool else _("empty: quoted and actual duty are the same so far")
    yield Line(_l("Guarantee pool"), words, "guarantee", any(m.amount < 0 for m in pool), pool)
    yield _exposure(table)
    if count := SpreadChange.objects.filter(state=SpreadChange.State.DRAFT).count():
        waiting = ngettext("%(n)s waits for a second person", "%(n)s wait for a second person", count)
        yield Line(_l("Margins proposed"), waiting % {"n": count}, "margins", bad=True)
    if count := Correction.objects.filter(state=Correction.State.PROPOSED).count():
        waiting = ngettext("%(n)s waits for a second person", "%(n)s wait for a second person", count)
        yield Line(_l("Corrections proposed"), waiting % {"n": count}, "differences", bad=True)


def _clearing(at: datetime) -> Line:
    accounts = held.clearing(at)
    if not accounts:
        return Line(_l("Clearing accounts"), _("all at zero"), "waiting")
    words = ngettext(
        "%(n)s open, unmoved for %(hours)s hours",
        "%(n)s open, the oldest unmoved for %(hours)s hours",
        len(accounts),
    )
    given = {"n": len(accounts), "hours": max(one.hours for one in accounts)}
    return Line(_l("Clearing accounts"), words % given, "waiting", any(one.late for one in accounts))


def _held(at: datetime) -> Line:
    late = held.held(at, days=settings.HELD_ALARM_DAYS)
    count = OrderShare.objects.filter(state=OrderShare.State.HELD).count()
    words = ngettext("%(n)s order paid and not shipped", "%(n)s orders paid and not shipped", count)
    words %= {"n": count}
    if waiting := OrderShare.objects.filter(state=OrderShare.State.DEPOSIT).count():
        more = ngettext(
            "%(n)s deposit waits for its balance", "%(n)s deposits wait for their balance", waiting
        )
        words = f"{words}, {more % {'n': waiting}}"
    if late:
        more = ngettext(
            "%(n)s waits for more than %(days)s days", "%(n)s wait for more than %(days)s days", len(late)
        )
        more = more % {"n": len(late), "days": settings.HELD_ALARM_DAYS}
        return Line(_l("Money that we hold"), f"{words}, {more}", "waiting", bad=True)
    return Line(_l("Money that we hold"), words, "waiting")


def _payouts() -> Line:
    approve = Payout.objects.filter(state=PayoutState.PREPARED).count()
    sent = Payout.objects.filter(rail=Rail.BANK, state__in=[PayoutState.APPROVED, PayoutState.SENT]).count()
    found = []
    if approve:
        found.append(ngettext("%(n)s to approve", "%(n)s to approve", approve) % {"n": approve})
    if sent:
        found.append(ngettext("%(n)s to send or confirm", "%(n)s to send or confirm", sent) % {"n": sent})
    return Line(_l("Payouts"), ", ".join(found) or _("none waits for a step"), "money", bool(found))


def _exposure(table: RateTable) -> Line:
    rows = exposure.exposure(table)
    missing = [row.currency for row in rows if row.worth is None and row.net]
    worth = total((row.worth for row in rows if row.worth is not None), "EUR").rounded()
    words = _("not counted, no rate: %(codes)s") % {"codes": ", ".join(missing)} if missing else ""
    return Line(_l("Open in all currencies, worth"), words, "exchange", bool(missing), (worth,))
