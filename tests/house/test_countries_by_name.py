"""No form asks for a country as two letters."""

from __future__ import annotations

import re
from pathlib import Path

from django import forms

from logistics.forms import FreightForm
from marketplace.templatetags.ui import every_country

TEMPLATES = Path(__file__).resolve().parents[2] / "templates"
TYPED = re.compile(r'<input[^>]*name="(?:[^"]*(?:country|origin|destination)|to)"[^>]*>')


def test_no_page_has_a_field_where_a_country_is_typed():
    found = [
        f"{path.name}: {tag}"
        for path in TEMPLATES.rglob("*.html")
        for tag in TYPED.findall(path.read_text(encoding="utf-8"))
        if re.search(r'maxlength="[1-4]"', tag)
    ]

    assert found == []


def test_countries_are_chosen_by_name_and_a_strange_code_stays():
    options = every_country("GB")

    assert '<option value="GB" selected>United Kingdom</option>' in options
    assert '<option value="KE">Kenya</option>' in options
    assert 'value="EU"' not in options
    assert '<option value="QQ" selected>QQ</option>' in every_country("QQ")
    assert options.index("Albania") < options.index("Zambia")


def test_a_trial_of_freight_takes_a_country_from_the_list_alone():
    field = FreightForm().fields["country"]

    assert isinstance(field, forms.ChoiceField)
    assert dict(field.choices)["DE"] == "Germany"  # type: ignore[arg-type]
    bad = FreightForm({"kg": "2", "length": "20", "width": "15", "height": "10", "country": "ZZ",
                       "weekly": "5", "code": "standard"})  # fmt: skip
    assert "country" in bad.errors
