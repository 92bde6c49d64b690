"""The style guide: every component in every state, with invented figures."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from marketplace.kit.places import Place
from marketplace.pages import samples

STATES = ("FIXED", "HELD", "REJECTED", "SHIPPED", "DRAFT")
TOKENS = (
    *("ink", "ink-2", "ink-3", "paper", "ground", "sunk", "line", "line-2", "brand", "deep"),
    *("goods", "transport", "tax", "ok", "warn", "bad", "info"),
)


class SampleForm(forms.Form):
    """One field of each kind."""

    name = forms.CharField(help_text="As it stands on the parcel")
    country = forms.ChoiceField(choices=[("DE", "Germany"), ("KE", "Kenya")])
    note = forms.CharField(widget=forms.Textarea(attrs={"rows": 3}), required=False)
    terms = forms.ChoiceField(
        choices=[("DDP", "Pay duty now"), ("DAP", "Pay at the door")], widget=forms.RadioSelect
    )
    agree = forms.BooleanField(label="I agree to the terms")


@require_safe
def styleguide(request: HttpRequest) -> HttpResponse:
    """Show every component."""
    wrong = SampleForm({"country": "XX"}, auto_id="wrong_%s")
    steps = [
        {"state": "done", "title": "Packed in Machakos", "when": "14 Nov", "words": "1 carton, 9.6 kg"},
        {
            "state": "now",
            "title": "Germany import customs",
            "when": "20 Nov",
            "words": "Here",
            "customs": True,
        },
        {"state": "", "title": "At your door", "when": "24–26 Nov", "words": "Nothing to pay"},
    ]
    context = {
        "tokens": TOKENS,
        "states": STATES,
        "form": SampleForm(auto_id="fine_%s"),
        "wrong": wrong,
        "steps": steps,
        "split": {"goods": Decimal("195.73"), "transport": Decimal("48.93"), "tax": Decimal("55.99")},
        "when": datetime(2026, 11, 24, 18, 42, tzinfo=UTC),
        "first": date(2026, 12, 2),
        "last": date(2026, 12, 6),
        "boxes": samples.boxes(),
        "place": Place("DE", "10115", "Berlin"),
        "quantity": 12,
    }
    return render(request, "styleguide/page.html", context)
