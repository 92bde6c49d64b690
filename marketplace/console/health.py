"""Is the house well: parts, news on its way, news that did not arrive."""

from __future__ import annotations

from datetime import date, timedelta
from operator import itemgetter

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Count, Max, Q
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from marketplace import health as parts
from marketplace.console import wording
from marketplace.console.access import desk, shell
from marketplace.events.models import Delivery, Event
from marketplace.http import SignedInRequest
from orders.payments.guarding import protection
from orders.payments.jobs import payout_job


@never_cache
@desk("customs", "finance", "trust")
@require_safe
def health(request: SignedInRequest) -> HttpResponse:
    """Show what runs, what waits and what did not arrive."""
    broker, worker = parts.broker_and_worker()
    now = timezone.now()
    late = Delivery.objects.filter(done_at=None, event__happened_at__lt=now - timedelta(minutes=5))
    subscribers = (
        Delivery.objects.filter(event__happened_at__gte=now - timedelta(days=1))
        .values("subscriber")
        .annotate(
            done=Count("pk", filter=~Q(done_at=None)),
            waiting=Count("pk", filter=Q(done_at=None)),
            last=Max("done_at"),
        )
        .order_by("subscriber")
    )
    page = Paginator(late.select_related("event").order_by("pk"), 30).get_page(request.GET.get("page"))
    broken = {"down": _("does not answer"), "unknown": _("not known")}
    well = {"database": parts.database(), "broker": broker, "worker": worker}
    names = {"database": _("Database"), "broker": _("Broker"), "worker": _("Worker")}
    context = {
        "parts": [(names[part], state, broken.get(state, state)) for part, state in well.items()],
        "rates_of": date.fromisoformat(known) if (known := parts.rates_of()) else None,
        "ledger": protection().state,
        "payout_job": payout_job(now),
        "late": page,
        "late_rows": [(one, wording.news(one.event.name), wording.job(one.subscriber)) for one in page],
        "jobs": sorted(((wording.job(row["subscriber"]), row) for row in subscribers), key=itemgetter(0)),
        "events_today": Event.objects.filter(happened_at__gte=now - timedelta(days=1)).count(),
    }
    return render(request, "console/health.html", context | shell(request.user))


@desk("admin")
@require_POST
def delivery_again(request: SignedInRequest, delivery: int) -> HttpResponse:
    """Give a delivery that did not arrive back to the workers."""
    freed = Delivery.objects.filter(pk=delivery, done_at=None).update(
        leased_until=None, given_up_at=None, attempts=0, due_at=timezone.now()
    )
    messages.info(
        request, _("It is tried again within a few seconds.") if freed else _("It has already arrived.")
    )
    return redirect("console:health")
