from __future__ import annotations

from celery import shared_task
from django.utils import timezone

from marketplace.notifications import mail


@shared_task(acks_late=True, autoretry_for=(OSError,), retry_backoff=True, max_retries=8)
def mail_notice(*, notice_id: int) -> None:
    """Send the e-mails of one notice."""
    mail.send(notice_id=notice_id, at=timezone.now())
