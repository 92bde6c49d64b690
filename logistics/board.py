"""The operator's board: hub load, late shipments, on-time rate, dwell at customs and cost, by lane."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Final

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from logistics import network as networks
from logistics.carriers.live import KNOWN
from logistics.merging import consignment
from logistics.models import LiveBooking, Shipment, ShipmentState, Status
from logistics.options import RouteOption, options

MOST: Final = 2_000
MOVING: Final = frozenset({ShipmentState.OPENED, ShipmentState.BOOKED, ShipmentState.MOVING})
ARRIVED: Final = frozenset(
    {Status.IMPORT_CUSTOMS, Status.CUSTOMS_CLEARED, Status.CUSTOMS_HOLD, Status.OUT_FOR_DELIVERY}
)


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a chart: its name, the length of its bar, and the other cells."""

    name: str
    size: Decimal
    cells: tuple[str, ...]
    is_bad: bool = False


@dataclass(frozen=True, slots=True)
class Chart:
    """A chart with its table."""

    code: str
    title: str
    words: str
    heads: tuple[str, ...]
    rows: tuple[Row, ...]

    @property
    def lines(self) -> list[tuple[Row, list[tuple[str, str]]]]:
        """Each row with its cells under their heads, for the table."""
        return [(row, list(zip(self.heads[1:], row.cells, strict=True))) for row in self.rows]

    @property
    def most(self) -> Decimal:
        """The longest bar, for the scale."""
        return max((row.size for row in self.rows), default=Decimal(1)) or Decimal(1)


def lane_of(shipment: Shipment) -> str:
    """Name a lane as AR-DE."""
    return f"{shipment.sender.get('country', '')}-{shipment.recipient.get('country', '')}"


def shipments(at: datetime, *, days: int, lane: str = "") -> list[Shipment]:
    """Read the shipments opened in the last days, on one lane or on all; two statements and the news."""
    rows = Shipment.objects.filter(opened_at__gte=at - timedelta(days=days)).exclude(
        state=ShipmentState.CANCELLED
    )
    if lane:
        start, _dash, end = lane.partition("-")
        rows = rows.filter(sender__country=start, recipient__country=end)
    return list(rows.select_related("seller", "live").prefetch_related("parcels__tracking")[:MOST])


def hub_load(found: Sequence[Shipment], at: datetime) -> Chart:  # noqa: ARG001
    """Count what is at or on its way to each hub: before the line haul the first one, then the last."""
    count: Counter[str] = Counter()
    kg: dict[str, Decimal] = defaultdict(Decimal)
    for one in found:
        if one.state not in MOVING or (option := _option(one)) is None:
            continue
        hubs = [leg.start_code for leg in option.legs[1:]]
        if not hubs:
            continue
        arrived = any(parcel.status in ARRIVED for parcel in one.parcels.all())
        hub = hubs[-1] if arrived else hubs[0]
        count[hub] += 1
        kg[hub] += sum((p.gross_weight_kg for p in one.parcels.all()), Decimal(0))
    names = networks.current().hubs
    rows = [
        Row(f"{names.get(hub, hub)} ({hub})", Decimal(number), (str(number), f"{kg[hub]:.1f}"))
        for hub, number in count.most_common()
    ]
    return Chart(
        "hubs", _("Load of the hubs"), _("Open shipments at a hub or on their way to it"),
        (_("Hub"), _("Shipments"), _("Weight, kg")), tuple(rows),
    )  # fmt: skip


def late(found: Sequence[Shipment], at: datetime) -> Chart:
    """List open shipments past their promised day, the latest first."""
    rows = []
    for one in found:
        if one.state in MOVING and one.promised_until and one.promised_until < at.date():
            days = (at.date() - one.promised_until).days
            status = _(str(Status(_status(one)).label))
            cells = (str(days), lane_of(one), str(one.promised_until), status)
            rows.append(Row(one.order_number, Decimal(days), cells, is_bad=True))
    rows.sort(key=lambda row: -row.size)
    return Chart(
        "late", _("Late shipments"), _("Days past the promised day"),
        (_("Order"), _("Days late"), _("Lane"), _("Promised by"), _("Last news")), tuple(rows),
    )  # fmt: skip


def _status(shipment: Shipment) -> str:
    newest = max(shipment.parcels.all(), key=lambda p: (p.status_at is not None, p.status_at), default=None)
    return newest.status if newest else Status.CREATED


def _carrier(shipment: Shipment) -> str:
    """Name who carries it: a live carrier that booked it, the house, or nobody that answered."""
    booking = getattr(shipment, "live", None)
    if booking is not None and booking.state == LiveBooking.State.BOOKED:
        return KNOWN.get(booking.carrier, booking.carrier)
    return _("our own numbers") if shipment.fell_back else "Sampan"


def on_time(found: Sequence[Shipment], at: datetime) -> Chart:  # noqa: ARG001
    """Share of delivered shipments that came by the promised day, by carrier and lane."""
    good: Counter[tuple[str, str]] = Counter()
    every: Counter[tuple[str, str]] = Counter()
    for one in found:
        if one.delivered_at and one.promised_until:
            carrier = _carrier(one)
            key = (lane_of(one), carrier)
            every[key] += 1
            good[key] += one.delivered_at.date() <= one.promised_until
    rows = [
        Row(lane, share, (f"{share} %", carrier, str(good[lane, carrier]), str(number)), is_bad=share < 90)
        for (lane, carrier), number in sorted(every.items())
        for share in [Decimal(good[lane, carrier] * 100 // number)]
    ]
    return Chart(
        "on-time", _("On time by lane"), _("Delivered by the promised day"),
        (_("Lane"), _("On time"), _("Carrier"), _("In time"), _("Delivered")), tuple(rows),
    )  # fmt: skip


def dwell(found: Sequence[Shipment], at: datetime) -> Chart:
    """Hours between arrival at import customs and release, by lane; what is still there counts until now."""
    hours: dict[str, list[Decimal]] = defaultdict(list)
    waiting: Counter[str] = Counter()
    for one in found:
        for parcel in one.parcels.all():
            news = {event.status: event.happened_at for event in reversed(parcel.tracking.all())}
            since = news.get(Status.IMPORT_CUSTOMS) or news.get(Status.CUSTOMS_HOLD)
            if since is None:
                continue
            until = news.get(Status.CUSTOMS_CLEARED) or news.get(Status.OUT_FOR_DELIVERY)
            until = until or news.get(Status.DELIVERED)
            waiting[lane_of(one)] += until is None
            spent = (until or at) - since
            hours[lane_of(one)].append(Decimal(int(spent.total_seconds())) / 3600)
    rows = []
    for lane, spent_hours in sorted(hours.items()):
        mean = sum(spent_hours, Decimal(0)) / len(spent_hours)
        cells = (f"{mean:.1f}", f"{max(spent_hours):.1f}", str(len(spent_hours)), str(waiting[lane]))
        rows.append(Row(lane, mean, cells, is_bad=mean > 72))
    return Chart(
        "customs", _("Time at import customs"), _("Hours from arrival to release"),
        (_("Lane"), _("Mean hours"), _("Longest"), _("Parcels"), _("Still there")), tuple(rows),
    )  # fmt: skip


def cost(found: Sequence[Shipment], at: datetime) -> Chart:  # noqa: ARG001
    """Freight by the card in force on the day of opening, per shipment and kilogram, by lane."""
    money: dict[tuple[str, str], Decimal] = defaultdict(Decimal)
    home: dict[tuple[str, str], Decimal] = defaultdict(Decimal)
    kg: dict[tuple[str, str], Decimal] = defaultdict(Decimal)
    count: Counter[tuple[str, str]] = Counter()
    for one in found:
        if (option := _option(one)) is None:
            continue
        key = (lane_of(one), option.price.currency)
        money[key] += option.price.amount
        home[key] += option.domestic.amount if option.domestic else Decimal(0)
        kg[key] += sum((p.gross_weight_kg for p in one.parcels.all()), Decimal(0))
        count[key] += 1
    rows = []
    for (lane, currency), number in sorted(count.items()):
        key = (lane, currency)
        each = money[key] / number
        share = home[key] * 100 / money[key] if money[key] else Decimal(0)
        cells = (f"{each:.2f} {currency}", f"{money[key] / kg[key]:.2f}", f"{share:.0f} %", str(number))
        rows.append(Row(lane, each, cells))
    return Chart(
        "cost", _("Freight cost by lane"), _("A shipment on average, by our rate cards"),
        (_("Lane"), _("A shipment"), _("A kilogram"), _("Before export"), _("Shipments")), tuple(rows),
    )  # fmt: skip


def _option(shipment: Shipment) -> RouteOption | None:
    asked = consignment(shipment)
    return options(asked, shipment.opened_at.date()).get(shipment.option_code) if asked.pieces else None


Maker = Callable[[Sequence[Shipment], datetime], Chart]
CHARTS: Final[Mapping[str, Maker]] = {
    "hubs": hub_load,
    "late": late,
    "on-time": on_time,
    "customs": dwell,
    "cost": cost,
}
SPANS: Final = ((30, gettext_lazy("30 days")), (90, gettext_lazy("90 days")), (365, gettext_lazy("a year")))
