"""The e-mails of a notice."""

from __future__ import annotations

from datetime import datetime

from django.conf import settings
from django.core.mail import EmailMessage
from django.utils import translation
from django.utils.translation import gettext as _

from marketplace.accounts.models import User
from marketplace.notifications.models import Notice, Preference


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
