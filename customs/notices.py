"""Words of the border for seller and buyer."""

from __future__ import annotations

from django.urls import reverse
from django.utils.translation import gettext as _

from customs.models import Hold, HoldPaper
from marketplace.notifications.actions import notify


def papers_asked(hold: Hold, *, key: str) -> None:
    """Tell each asked party which papers we need, until when, and where to upload them."""
    for party in HoldPaper.Party.values:
        papers = list(hold.papers.filter(party=party, received_at=None))
        declaration = hold.declaration
        company = declaration.seller if party == HoldPaper.Party.SELLER else declaration.buyer
        if not papers or company is None:
            continue
        names = ", ".join(paper.label for paper in papers)
        until = min(paper.wanted_by for paper in papers)
        body = _("We need: %(names)s. Please upload by %(day)s.") % {
            "names": names,
            "day": f"{until:%d %b %Y}",
        }
        notify(
            company=company,
            kind="papers-asked",
            key=f"{key}-{party}",
            title=_("Papers needed for order %(number)s") % {"number": declaration.order_number},
            body="\n\n".join(filter(None, [body, papers[0].message])),
            url=reverse("customs:hold_papers", args=[hold.number]),
        )
