"""Who may enter which desk: strangers sign in, others are told no."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, Final, ParamSpec, cast

from allauth.mfa.utils import is_mfa_enabled
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from customs.models import CodeQuestion, Hold, ScreeningHit, TariffVersion, VersionState
from logistics.insurance.models import Claim
from marketplace.accounts.models import Company, User
from marketplace.http import SignedInRequest
from orders.models import Dispute

P = ParamSpec("P")
# Each desk and the page where its day starts.
HOMES: Final = {"customs": "console:holds", "trust": "console:disputes", "finance": "console:money"}
View = Callable[Concatenate[SignedInRequest, P], HttpResponseBase]


def desk(*desks: str) -> Callable[[View[P]], Callable[Concatenate[HttpRequest, P], HttpResponseBase]]:
    """Let staff of these desks in; ask strangers to sign in, refuse everybody else.

    Outside of the demo a member of staff needs a passkey or a one-time code; the sign-in asks for it.
    """

    def wrap(view: View[P]) -> Callable[Concatenate[HttpRequest, P], HttpResponseBase]:
        @wraps(view)
        def guarded(request: HttpRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
            user = request.user
            if not isinstance(user, User) or not user.has_desk(*desks):
                raise PermissionDenied
            if answer := second_factor_first(request, user):
                return answer
            return view(cast("SignedInRequest", request), *args, **kwargs)

        return cast("Callable[Concatenate[HttpRequest, P], HttpResponseBase]", login_required(guarded))

    return wrap


def second_factor_first(request: HttpRequest, user: User) -> HttpResponseBase | None:
    """Lead staff without a passkey or one-time codes to adding one; the sign-in asks those who have it."""
    if settings.STAFF_SECOND_FACTOR and not is_mfa_enabled(user):
        messages.warning(request, _("Add a passkey first. Staff of Sampan sign in with two factors."))
        return redirect("mfa_index")
    return None


def shell(user: User) -> dict[str, object]:
    """Count what waits at each desk, for the rail; only desks that this person has are counted."""
    counts: dict[str, int] = {}
    if user.has_desk(User.Desk.CUSTOMS):
        counts["holds"] = Hold.objects.open().count()
        counts["tariffs"] = TariffVersion.objects.filter(state=VersionState.PROPOSED).count()
        counts["codes"] = CodeQuestion.objects.open().count()
    if user.has_desk(User.Desk.CUSTOMS, User.Desk.TRUST):
        counts["screening"] = ScreeningHit.objects.open().count()
    if user.has_desk(User.Desk.TRUST):
        counts["companies"] = Company.objects.filter(state=Company.State.READY).count()
    if user.has_desk(User.Desk.TRUST, User.Desk.FINANCE):
        counts["disputes"] = Dispute.objects.open().count()
    if user.has_desk(User.Desk.FINANCE, User.Desk.TRUST):
        counts["claims"] = Claim.objects.waiting().count()
    return {"console": counts, "desks": {name: user.has_desk(name) for name in HOMES}}


def home(request: HttpRequest) -> HttpResponseBase:
    """Lead a member of staff to the first page of their own desk; the wall stands there."""
    user = request.user
    mine = (page for name, page in HOMES.items() if isinstance(user, User) and user.has_desk(name))
    return redirect(next(mine, HOMES["customs"]))
