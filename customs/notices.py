"""Words of the border for seller and buyer, each in the reader's own language."""

from __future__ import annotations

from django.urls import reverse
from django.utils.translation import gettext as _

from customs import letters
from customs.models import CatalogueTask, CodeQuestion, Hold, HoldPaper, OriginEvidence
from marketplace.accounts.models import User
from marketplace.notifications.actions import notify


def papers_asked(hold: Hold, *, key: str, kind: str = "papers") -> None:
    """Tell each asked party which papers we need, until when, and where to upload them."""
    for party in HoldPaper.Party.values:
        papers = list(hold.papers.filter(party=party, received_at=None))
        company = letters.party_of(hold, party)
        if not papers or company is None:
            continue
        until = min(paper.wanted_by for paper in papers)
        wanted = {paper.code: paper.label for paper in papers}
        _language, subject, body = letters.draft(hold, party, kind, wanted, until.date())
        written = papers[0].message if kind == "papers" else ""
        notify(
            company=company,
            kind="papers-asked",
            key=f"{key}-{party}",
            title=subject,
            body=written or body,
            url=reverse("customs:hold_papers", args=[hold.number]),
        )


def deadline_near(hold: Hold, *, share: str, key: str) -> None:
    """Remind the owner of a case, or the whole desk where nobody owns it; then those who owe papers."""
    desk = User.objects.filter(is_active=True, is_staff=True, desk=User.Desk.CUSTOMS).order_by("pk")
    readers = [hold.owner] if hold.owner else list(desk[:20])
    title = (
        _("%(hold)s: the time for a decision is over")
        if share == "100%"
        else _("%(hold)s: %(share)s of the time has passed")
    ) % {"hold": hold.number, "share": share}
    body = _("%(title)s. Decide by %(day)s UTC.") % {
        "title": hold.title,
        "day": f"{hold.deadline:%d %b %Y, %H:%M}",
    }
    for reader in readers:
        notify(
            user=reader,
            kind="hold-deadline",
            key=f"{key}-{reader.pk}",
            title=title,
            body=body,
            url=hold.get_absolute_url(),
        )
    papers_asked(hold, key=key, kind="reminder")


def rejected(hold: Hold, *, key: str) -> None:
    """Tell seller and buyer that the goods may not cross, and why."""
    decision = hold.decisions.filter(kind="reject").order_by("pk").last()
    if decision is None:
        return
    reason = decision.message or hold.title
    values = {
        "order": hold.declaration.order_number,
        "goods": letters.goods_of(hold.declaration),
        "reason": reason.rstrip("."),
    }
    for party in HoldPaper.Party.values:
        company = letters.party_of(hold, party)
        if company is not None:
            subject, body = letters.write("rejected", letters.language_of(company), values=values)
            notify(company=company, kind="hold-rejected", key=f"{key}-{party}", title=subject, body=body)


def cause_repeated(task: CatalogueTask, *, key: str) -> None:
    """Tell the seller to put the listing right once."""
    values = {"goods": task.goods, "times": str(task.times), "reason": task.words.rstrip(".")}
    subject, body = letters.write("task", letters.language_of(task.seller), values=values)
    notify(
        company=task.seller,
        kind="catalogue-task",
        key=key,
        title=subject,
        body=body,
        url=reverse("customs:papers"),
    )


def code_answered(question: CodeQuestion) -> None:
    """Tell the maker which code a person proposes, and where to confirm it."""
    facts = {"code": question.answer, "number": question.product_number, "reason": question.reason}
    notify(
        company=question.company,
        kind="code-answered",
        key=f"code-{question.pk}",
        title=_("A customs code for %(number)s: %(code)s") % facts,
        body=_("%(reason)s Please read it and confirm the code yourself.") % facts,
        url=reverse("customs:find_code", args=[question.product_number]),
    )


def evidence_ends(evidence: OriginEvidence, *, days: int, key: str) -> None:
    """Tell a maker that a paper of origin ends soon, and what happens then."""
    facts = {
        "treaty": evidence.treaty,
        "paper": evidence.reference,
        "product": evidence.product_number,
        "day": f"{evidence.valid_until:%d %b %Y}",
        "days": days,
    }
    body = _("%(paper)s for %(product)s ends on %(day)s. After that your buyers pay the full duty. %(next)s")
    notify(
        company=evidence.company,
        kind="evidence-ends",
        key=key,
        title=_("A paper of origin ends in less than %(days)s days: %(treaty)s")
        % {**facts, "days": days + 1},
        body=body % {**facts, "next": _("Upload the next one before that day.")},
        url=reverse("customs:origin", args=[evidence.product_number]),
    )
