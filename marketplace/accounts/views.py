"""Pages about people and companies."""

from __future__ import annotations

from datetime import datetime

from django.conf import settings
from django.contrib import messages
from django.contrib.admin.utils import label_for_field
from django.contrib.auth import login
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from marketplace.accounts import actions
from marketplace.accounts.forms import AddressForm, CompanyForm, InvitationForm, JoinForm, SellingForm
from marketplace.accounts.models import Address, Company, Invitation, Membership, User
from marketplace.accounts.roles import may, needs, selling_gaps


def _user(request: HttpRequest) -> User:
    assert isinstance(request.user, User)  # noqa: S101
    return request.user


def _company(request: HttpRequest) -> Company:
    company = _user(request).company
    assert company is not None  # noqa: S101
    return company


@login_required
@require_http_methods(["GET", "POST"])
def company(request: HttpRequest) -> HttpResponse:
    """Show and change the acting company, or make the first one."""
    user = _user(request)
    current = user.company
    changing = current is not None
    if changing and request.method == "POST" and not may(user, Membership.Role.OWNER):
        return render(request, "403.html", status=403)
    form = CompanyForm(request.POST or None, instance=current)
    if request.method == "POST" and form.is_valid():
        if current is None:
            actions.open_company(user=user, fields=form.cleaned_data)
        else:
            actions.change_company(company=current, fields=form.cleaned_data)
        messages.success(request, _("Saved."))
        return redirect("people:company")
    memberships = Membership.objects.filter(user=user).select_related("company").order_by("company__name")
    status = 422 if form.errors else 200
    context = {"form": form, "memberships": memberships, "changing": changing}
    return render(request, "people/company.html", context, status=status)


@login_required
@require_POST
def acting(request: HttpRequest) -> HttpResponse:
    """Act for another company."""
    chosen = actions.switch_company(user=_user(request), number=request.POST.get("company", ""))
    messages.success(request, _("You now act for %(name)s.") % {"name": chosen.name})
    return redirect("people:company")


@needs()
@require_http_methods(["GET", "POST"])
def people(request: HttpRequest) -> HttpResponse:
    """Show who works here and invite more people."""
    form = InvitationForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        actions.invite(company=_company(request), by=_user(request), at=timezone.now(), **form.cleaned_data)
        messages.success(request, _("We have sent the invitation."))
        return redirect("people:people")
    context = {
        "form": form,
        "members": Membership.objects.filter(company=_company(request)).select_related("user").order_by("pk"),
        "invitations": Invitation.objects.filter(company=_company(request), accepted_at=None),
        "now": timezone.now(),
        "roles": Membership.Role.choices,
    }
    return render(request, "people/people.html", context, status=422 if form.errors else 200)


@needs()
@require_POST
def role(request: HttpRequest, pk: int) -> HttpResponse:
    """Give a member another role, or take them out."""
    get_object_or_404(Membership, company=_company(request), user=pk)
    wanted = request.POST.get("role", "")
    if wanted and wanted not in Membership.Role.values:
        messages.error(request, _("There is no such role."))
        return redirect("people:people")
    actions.change_role(company=_company(request), user_id=pk, role=wanted or None)
    messages.success(request, _("Saved."))
    return redirect("people:people")


@needs()
@require_POST
def withdrawal(request: HttpRequest, pk: int) -> HttpResponse:
    """Take an invitation back."""
    get_object_or_404(Invitation, company=_company(request), pk=pk)
    actions.withdraw_invitation(company=_company(request), pk=pk)
    messages.success(request, _("The invitation is taken back. Its link does not work any more."))
    return redirect("people:people")


@require_http_methods(["GET", "POST"])
def invitation(request: HttpRequest, token: str) -> HttpResponse:
    """Show an invitation and accept it; somebody new makes the account on the same page."""
    now = timezone.now()
    user = request.user if isinstance(request.user, User) else None
    if user is None:
        return _invited_stranger(request, token, now)
    if request.method == "POST":
        joined = actions.accept_invitation(token=token, user=user, at=now)
        messages.success(request, _("Welcome at %(name)s.") % {"name": joined.company.name})
        return redirect("people:company")
    found = actions.open_invitation(token=token, at=now)
    page = {"invitation": found, "other": found.email != user.email.lower()}
    return render(request, "people/invitation.html", page)


def _invited_stranger(request: HttpRequest, token: str, now: datetime) -> HttpResponse:
    """Lead a known address to the sign-in; a new one chooses name and password here."""
    found = actions.open_invitation(token=token, at=now)
    known = User.objects.filter(email__iexact=found.email).exists()
    form = JoinForm(request.POST or None, email=found.email)
    if request.method == "POST" and form.is_valid():
        user = actions.join_as_new(token=token, at=now, **form.cleaned_data)
        login(request, user, backend=settings.AUTHENTICATION_BACKENDS[0])
        messages.success(request, _("Welcome at %(name)s.") % {"name": found.company.name})
        return redirect("people:company")
    page = {"invitation": found, "known": known, "form": form, "stranger": True}
    return render(request, "people/invitation.html", page, status=422 if form.errors else 200)


@needs(*Membership.Role.values)
@require_http_methods(["GET", "POST"])
def addresses(request: HttpRequest) -> HttpResponse:
    """List the addresses and add one."""
    form = AddressForm(request.POST or None, initial={"country": _company(request).country})
    if request.method == "POST" and form.is_valid():
        actions.save_address(company=_company(request), fields=form.cleaned_data)
        return redirect("people:addresses")
    context = {"form": form, "addresses": Address.objects.visible_to(_user(request))}
    return render(request, "people/addresses.html", context, status=422 if form.errors else 200)


@needs(*Membership.Role.values)
@require_http_methods(["GET", "POST"])
def address(request: HttpRequest, pk: int) -> HttpResponse:
    """Change or remove one address."""
    found = get_object_or_404(Address.objects.visible_to(_user(request)), pk=pk)
    if request.method == "POST" and "remove" in request.POST:
        found.delete()
        return redirect("people:addresses")
    form = AddressForm(request.POST or None, instance=found)
    if request.method == "POST" and form.is_valid():
        actions.save_address(company=_company(request), fields=form.cleaned_data, address_id=pk)
        return redirect("people:addresses")
    return render(
        request, "people/address.html", {"form": form, "address": found}, status=422 if form.errors else 200
    )


@needs()
@require_http_methods(["GET", "POST"])
def selling(request: HttpRequest) -> HttpResponse:
    """Lead a company to selling: what is missing, then our check."""
    current = _company(request)
    form = SellingForm(request.POST or None, instance=current)
    if request.method == "POST" and form.is_valid():
        fields = {name: form.cleaned_data[name] for name in form.Meta.fields}
        actions.change_company(company=current, fields={**fields, "tax_ids": form.tax_ids()})
        actions.start_selling(company=current)
        if "check" in request.POST:
            actions.ask_for_check(company=current)
            messages.success(request, _("Thank you. We look at your company within two working days."))
        else:
            messages.success(request, _("Saved."))
        return redirect("people:selling")
    fresh = Company.objects.get(pk=current.pk)
    labels = {name: str(label_for_field(name, Company)) for name in selling_gaps(fresh)}
    context = {
        "form": form,
        "shown": fresh,
        "missing": labels,
        "check": fresh.checks.first(),
        "may_ask": fresh.state in {Company.State.ONBOARDING, Company.State.REJECTED},
    }
    return render(request, "people/selling.html", context, status=422 if form.errors else 200)


@require_safe
def address_rule(request: HttpRequest) -> HttpResponse:
    """Tell what a country's postcode looks like, for the field's hint."""
    from marketplace.accounts import postal

    rule = postal.rule(request.GET.get("country", "")[:2])
    return render(request, "people/address_rule.html", {"rule": rule})
