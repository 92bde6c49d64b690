"""A cause that comes back becomes one task for the seller: put the listing right."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from customs.events import CauseRepeated
from customs.models import CatalogueTask, Declaration, Finding, Hold, Severity
from marketplace.events.bus import publish

# Causes that lie in the listing, not in the buyer or the moment.
IN_THE_LISTING: Final = ("R-DATA-001", "R-DATA-002", "R-DOC-001", "R-DG-021", "R-LANE-001")
WITHIN: Final = timedelta(days=180)


def note_repeated(hold: Hold, *, at: datetime) -> list[CatalogueTask]:
    """Open or count up a task for each line that was held before for the same rule within half a year."""
    declaration = hold.declaration
    mine = hold.findings.filter(
        rule__in=IN_THE_LISTING, severity__gte=Severity.PAPERS, line__isnull=False
    ).exclude(line__sku="")
    tasks = []
    for finding in mine.select_related("line"):
        line = finding.line
        if line is None:
            continue
        before = Finding.objects.filter(
            rule=finding.rule,
            line__sku=line.sku,
            severity__gte=Severity.PAPERS,
            hold__declaration__seller=declaration.seller_id,
            hold__opened_at__gte=at - WITHIN,
        ).exclude(hold=hold)
        times = before.values("hold").distinct().count() + 1
        if times < 2:
            continue
        task, fresh = CatalogueTask.objects.update_or_create(
            seller_id=declaration.seller_id,
            sku=line.sku,
            rule=finding.rule,
            done_at=None,
            defaults={
                "goods": line.description,
                "words": finding.words,
                "way_out": finding.way_out,
                "times": times,
                "hold": hold,
            },
            create_defaults={
                "goods": line.description,
                "words": finding.words,
                "way_out": finding.way_out,
                "times": times,
                "hold": hold,
                "opened_at": at,
            },
        )
        if fresh:
            publish(
                CauseRepeated(
                    subject=declaration.order_number, task=task.pk, sku=line.sku, rule=task.rule, times=times
                )
            )
        tasks.append(task)
    return tasks


def close_answered(declaration: Declaration, *, at: datetime) -> int:
    """Close the tasks of goods that have just passed every check."""
    skus = [line.sku for line in declaration.lines.all() if line.sku]
    return CatalogueTask.objects.open().filter(seller=declaration.seller_id, sku__in=skus).update(done_at=at)
