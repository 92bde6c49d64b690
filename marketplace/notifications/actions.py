"""Tell somebody something: the inbox at once, the e-mail after the commit."""

from __future__ import annotations

import functools
from datetime import datetime

from django.conf import settings
from django.core.mail import EmailMessage
from django.db import transaction
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from marketplace.accounts.models import Company, User
from marketplace.notifications.models import Notice, Preference


@transaction.atomic
def notify(
    *,
    company: Company | None = None,
    user: User | None = None,
    kind: str,
    title: str,
    body: str = "",
    url: str = "",
    key: str | None = None,
) -> Notice:
    """Put a notice in the inbox and send it by e-mail after the commit; one key is told once."""
    from marketplace.notifications.tasks import mail_notice

    fields = {
        "company": company,
        "user": user,
        "kind": kind,
        "title": title[:160],
        "body": body,
        "url": url[:200],
    }
    if key is None:
        notice, fresh = Notice.objects.create(**fields), True
    else:
        notice, fresh = Notice.objects.get_or_create(key=key, defaults=fields)
    if fresh:
        transaction.on_commit(functools.partial(mail_notice.delay, notice_id=notice.pk))
    return notice


def readers(notice: Notice) -> list[User]:
    """Find who gets the e-mail: the person, else the company's people who want such mail."""
    people = User.objects.filter(is_active=True)
    if notice.user_id:
        people = people.filter(pk=notice.user_id)
    else:
        people = people.filter(memberships__company=notice.company_id)
    silent = Preference.objects.filter(kind=notice.kind, by_mail=False).values("user")
    return list(people.exclude(pk__in=silent).order_by("pk").distinct())


def send(*, notice_id: int, at: datetime) -> int:
    """Send the e-mails of a notice; a second call sends nothing."""
    if not Notice.objects.filter(pk=notice_id, mailed_at=None).update(mailed_at=at):
        return 0
    notice = Notice.objects.get(pk=notice_id)
    people = readers(notice)
    for person in people:
        with translation.override(person.language):
            link = f"\n\n{settings.SITE_ADDRESS}{notice.url}" if notice.url else ""
            ending = _("You get this message because of your Sampan account.")
            subject = " ".join(notice.title.split())
            EmailMessage(
                subject, f"{notice.body or notice.title}{link}\n\n{ending}", to=[person.email]
            ).send()
    return len(people)


def mark_read(*, user: User, pk: int | None = None) -> int:
    """Mark one notice, or all, as read."""
    unread = Notice.objects.visible_to(user).unread()
    if pk is not None:
        unread = unread.filter(pk=pk)
    return unread.update(read_at=timezone.now())
