"""Tell somebody something: the inbox at once, the e-mail after the commit."""

from __future__ import annotations

import functools

from django.db import transaction
from django.utils import timezone

from marketplace.accounts.models import Company, User
from marketplace.notifications.models import Notice
from marketplace.notifications.tasks import mail_notice


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
    address: str = "",
) -> Notice:
    """Put a notice in the inbox and send it by e-mail after the commit; one key is told once.

    `url` is a path of ours; `address` is an e-mail address of somebody who may have no account here.
    """
    fields = {
        "company": company,
        "user": user,
        "kind": kind,
        "title": title[:160],
        "body": body,
        "url": url[:200],
        "address": address,
    }
    if key is None:
        notice, fresh = Notice.objects.create(**fields), True
    else:
        notice, fresh = Notice.objects.get_or_create(key=key, defaults=fields)
    if fresh:
        transaction.on_commit(functools.partial(mail_notice.delay, notice_id=notice.pk))
    return notice


def mark_read(*, user: User, pk: int | None = None) -> int:
    """Mark one notice, or all, as read."""
    unread = Notice.objects.visible_to(user).unread()
    if pk is not None:
        unread = unread.filter(pk=pk)
    return unread.update(read_at=timezone.now())
