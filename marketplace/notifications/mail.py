"""The e-mails of a notice."""

from __future__ import annotations

from datetime import datetime

from django.conf import settings
from django.core.mail import EmailMessage
from django.utils import translation
from django.utils.translation import gettext as _

from marketplace.accounts.links import password_path
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
            _mail(notice, person.email, person)
    known = {person.email.lower() for person in people}
    guest = notice.address if notice.address.lower() not in known else ""
    if guest:
        _mail(notice, guest, None)
    return len(people) + bool(guest)


def _mail(notice: Notice, address: str, person: User | None) -> None:
    """Write one e-mail: what happened, where to look, and for a buyer without a password how to get one."""
    parts = [notice.body or notice.title]
    if notice.url:
        parts.append(settings.SITE_ADDRESS + notice.url)
    if person is not None and not person.has_usable_password():
        words = _("You bought as a guest. Set a password to see all your orders and papers in one place:")
        parts.append(f"{words}\n{settings.SITE_ADDRESS}{password_path(person)}")
    parts.append(
        _("You get this message because of your Sampan account.")
        if person is not None
        else _("You get this message because somebody ordered on Sampan with this e-mail address.")
    )
    EmailMessage(" ".join(notice.title.split()), "\n\n".join(parts), to=[address]).send()
