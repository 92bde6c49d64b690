"""The style guide: every component in every state, with invented figures."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

from django import forms
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from logistics.maps import route_map
from marketplace.kit.places import Place
from marketplace.pages import sample_case, sample_goods, samples

STATES = ("FIXED", "HELD", "REJECTED", "SHIPPED", "DRAFT")
TOKENS = (
    *("ink", "ink-2", "ink-3", "paper", "ground", "sunk", "line", "line-2", "brand", "deep"),
    *("goods", "transport", "tax", "ok", "warn", "bad", "info"),
)


PARTS = (("", "Shop"), ("desk", "Seller desk"), ("console", "Console"), ("case", "Customs case"))
PAGES = {
    "desk": "styleguide/desk.html",
    "console": "styleguide/console.html",
    "case": "styleguide/case.html",
}
STAGES = ("Paid", "Papers checked", "Packed", "On the way", "Customs", "Your door")
LEGS = ("Machakos – Nairobi airport, road", "Nairobi airport – Frankfurt airport, air")


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
        "stages": [
            {"title": title, "when": "14 Nov", "state": "done" if n < 4 else "now" if n == 4 else ""}
            for n, title in enumerate(STAGES)
        ],
        "map": route_map(LEGS, at_stop=-1),
        "page": Paginator(range(1, 1241), 25).page(2),
        "refusal": "Only 4 pieces are left.",
        "split": {"goods": Decimal("195.73"), "transport": Decimal("48.93"), "tax": Decimal("55.99")},
        "when": datetime(2026, 11, 24, 18, 42, tzinfo=UTC),
        "first": date(2026, 12, 2),
        "last": date(2026, 12, 6),
        "boxes": samples.boxes(),
        "stocks": samples.stocks(),
        "place": Place("DE", "10115", "Berlin"),
        "quantity": 12,
    }
    part = request.GET.get("part", "")
    theme = request.GET.get("theme", "")
    context |= {
        "parts": PARTS,
        "part": part,
        "theme": theme if theme in {"light", "dark"} else "",
        "way": "rtl" if request.GET.get("dir") == "rtl" else "ltr",
    }
    if part == "case":
        context |= sample_case.case()
    elif not part:
        context |= sample_goods.search() | {"cards": sample_goods.cards()}
    return render(request, PAGES.get(part, "styleguide/page.html"), context)
