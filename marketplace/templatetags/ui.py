"""Template tags of the house: money, weight, days, status, icons, flags, planks, places."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from functools import lru_cache

from babel import Locale
from babel.dates import format_date, format_datetime, format_interval
from babel.numbers import format_currency, format_decimal
from django import template
from django.http import HttpRequest
from django.templatetags.static import static
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from marketplace.kit.money import MINOR_UNITS, Money

register = template.Library()
NBSP = "\u00a0"


def language() -> str:
    code = (get_language() or "en").replace("-", "_")
    return "en_GB" if code == "en" else code


@lru_cache(maxsize=64)
def locale(code: str) -> Locale:
    return Locale.parse(code)


def decimal(value: object) -> Decimal:
    if isinstance(value, Money):
        return value.amount
    try:
        return Decimal(str(value))
    except (InvalidOperation, ValueError):
        return Decimal(0)


@lru_cache(maxsize=20_000)
def _money(amount: Decimal, currency: str, code: str) -> str:
    digits = MINOR_UNITS.get(currency, 2)
    rounded = Money(amount, currency).rounded().amount
    pattern = locale(code).currency_formats["standard"].pattern
    pattern = re.sub(r"0\.0+", "0" + ("." + "0" * digits if digits else ""), pattern)
    text = format_currency(rounded, currency, format=pattern, locale=locale(code), currency_digits=False)
    return re.sub(r"^(-?[A-Z]{3})(?=\d)", rf"\1{NBSP}", text).replace(" ", NBSP)


@register.filter
def money(value: object, currency: str = "EUR") -> str:
    """Write an amount with its currency as the reader does: €1,234.50, 1.234,50 €, KES 2,450.00."""
    if value is None or value == "":
        return "–"
    if isinstance(value, Money):
        currency = value.currency
    return _money(decimal(value), currency, language())


@register.filter
def signed(value: object, currency: str = "EUR") -> str:
    """Write an amount with its sign, for differences."""
    amount = decimal(value)
    code = value.currency if isinstance(value, Money) else currency
    return f"{'+' if amount >= 0 else '−'}{NBSP}{_money(abs(amount), code, language())}"


@register.filter
def plain(value: object, places: int = 2) -> str:
    """Write a number as the reader does, with this many decimals."""
    pattern = "#,##0" + ("." + "0" * places if places else "")
    return str(format_decimal(decimal(value), format=pattern, locale=locale(language())))


@register.filter
def number(value: object) -> str:
    """Write a number as the reader does, without needless zeros."""
    return str(
        format_decimal(decimal(value).normalize(), locale=locale(language()), decimal_quantization=False)
    )


@register.filter
def percent(value: object) -> str:
    """Write a rate given as a fraction, as a percentage: 0.19 → 19%."""
    return f"{number(decimal(value) * 100)}%"


@register.filter
def weight(value: object) -> str:
    """Kilograms, or grams below one kilogram."""
    kilograms = decimal(value)
    if 0 < kilograms < 1:
        return f"{number(kilograms * 1000)}{NBSP}g"
    return f"{number(kilograms)}{NBSP}kg"


@register.filter
def day(value: date | datetime | None) -> str:
    """Write a day: 24 Nov 2026."""
    if value is None or value == "":
        return "–"
    moment = timezone.localtime(value) if isinstance(value, datetime) and timezone.is_aware(value) else value
    return str(format_date(moment, format="d MMM y", locale=locale(language())))


@register.filter
def shortday(value: date | datetime | None) -> str:
    """Write a day without its year: 24 Nov."""
    if value is None or value == "":
        return "–"
    return str(format_date(value, format="d MMM", locale=locale(language())))


@register.filter
def clock(value: datetime | None) -> str:
    """Write an instant with its zone: 24 Nov, 18:42 UTC."""
    if value is None or value == "":
        return "–"
    local = timezone.localtime(value) if timezone.is_aware(value) else value
    return f"{format_datetime(local, 'd MMM, HH:mm', locale=locale(language()))}{NBSP}{local:%Z}".strip()


@register.simple_tag
def days(earliest: date | None, latest: date | None) -> str:
    """Two days as one range: 2–6 Dec."""
    if earliest is None or latest is None:
        return shortday(earliest or latest)
    if earliest == latest:
        return shortday(earliest)
    return str(format_interval(earliest, latest, "MMMd", locale=locale(language())))


@lru_cache(maxsize=1)
def _sprites() -> tuple[str, str]:
    return static("img/icons.svg"), static("img/flags.svg")


@lru_cache(maxsize=1000)
def _icon(name: str, size: str, cls: str) -> SafeString:
    classes = " ".join(part for part in ("i", size, cls) if part)
    return format_html(
        '<svg class="{}" viewBox="0 0 24 24" aria-hidden="true"><use href="{}#{}"/></svg>',
        classes,
        _sprites()[0],
        name,
    )


@register.simple_tag
def icon(name: str, size: str = "", cls: str = "") -> SafeString:
    """One icon of the sprite; `size` "s" is the small one."""
    return _icon(name, size, cls)


@lru_cache(maxsize=400)
def _flag(code: str) -> SafeString:
    return format_html(
        '<svg class="flag" viewBox="0 0 512 512" aria-hidden="true"><use href="{}#{}"/></svg>',
        _sprites()[1],
        code.lower(),
    )


@register.simple_tag
def flag(code: str | None) -> SafeString:
    """Draw a country's flag; the country's name always stands beside it."""
    return _flag(code) if code else mark_safe("")


@register.filter
def country(code: str | None) -> str:
    """Name the country in the reader's language."""
    if not code:
        return ""
    if code == "*":
        return _("every country")
    return str(locale(language()).territories.get(str(code).upper(), code))


@register.simple_tag
def countries() -> list[tuple[str, str]]:
    """Destinations that a price can be asked for, by name."""
    return _countries(language())


@lru_cache(maxsize=8)
def _countries(code: str) -> list[tuple[str, str]]:
    names = locale(code).territories
    return sorted(((c, str(names.get(c, c))) for c in DESTINATIONS), key=lambda pair: pair[1])


@register.simple_tag
def country_options(chosen: str) -> SafeString:
    """Options of a select with every destination; one is chosen."""
    return _country_options(language(), chosen)


@register.simple_tag
def every_country(chosen: str = "") -> SafeString:
    """Options of a select with every country of the world by name; a code that is none stays choosable."""
    return _every_country(language(), chosen or "")


SELECTED = mark_safe(" selected")
NO_COUNTRY = frozenset({"EU", "EZ", "QO", "UN", "XA", "XB", "ZZ"})


@lru_cache(maxsize=256)
def _every_country(code: str, chosen: str) -> SafeString:
    names = {
        c: str(name)
        for c, name in locale(code).territories.items()
        if len(c) == 2 and c.isalpha() and c not in NO_COUNTRY
    }
    if chosen:
        names.setdefault(chosen, chosen)
    ordered = sorted(names.items(), key=lambda pair: pair[1])
    return format_html_join(
        "",
        '<option value="{}"{}>{}</option>',
        ((c, SELECTED if c == chosen else "", name) for c, name in ordered),
    )


@lru_cache(maxsize=256)
def _country_options(code: str, chosen: str) -> SafeString:
    return format_html_join(
        "",
        '<option value="{}"{}>{}</option>',
        ((c, SELECTED if c == chosen else "", name) for c, name in _countries(code)),
    )


DESTINATIONS = [
    "AE", "AR", "AT", "AU", "BE", "BR", "CA", "CH", "CL", "CN", "CZ", "DE", "DK", "ES", "FI", "FR",
    "GB", "HK", "IE", "IN", "IT", "JP", "KE", "KR", "MX", "MY", "NL", "NO", "NZ", "PE", "PL", "PT",
    "SE", "SG", "TH", "TR", "US", "VN", "ZA",
]  # fmt: skip


@register.filter
def currency_name(code: str) -> str:
    """Name a currency in the reader's language: KES → Kenyan Shilling."""
    return str(locale(language()).currencies.get(code, code))


@register.filter
def currency_flag(code: str) -> str:
    """Give the country whose flag stands for a currency; EUR has the flag of the union."""
    return "EU" if code == "EUR" else code[:2]


@register.simple_tag
def place(value: object) -> str:
    """Name a destination: Berlin 10115, Germany."""
    if value is None:
        return ""
    words = " ".join(p for p in (getattr(value, "town", ""), getattr(value, "postal_code", "")) if p)
    name = country(getattr(value, "country", ""))
    return f"{words}, {name}" if words else name


LOGO = mark_safe(
    '<svg viewBox="0 0 32 24" aria-hidden="true">'
    '<path d="M1 4.2c5 2.6 25 2.6 30 0l-1.1 4.1c-4.4 1.7-23.4 1.7-27.8 0z" fill="var(--goods)"/>'
    '<path d="M2.9 10.6c4.3 1.3 21.9 1.3 26.2 0l-1.5 3.9c-3.9.9-19.3.9-23.2 0z" fill="var(--transport)"/>'
    '<path d="M5.3 16.8c3.7.7 17.7.7 21.4 0-1.4 2.6-4 4.2-7 4.2h-7.4c-3 0-5.6-1.6-7-4.2z" fill="var(--tax)"/>'
    "</svg>"
)


@register.simple_tag
def logo() -> SafeString:
    """Draw the house's mark: three planks."""
    return LOGO


def part(source: object, *names: str) -> Decimal:
    for name in names:
        value = source.get(name) if isinstance(source, Mapping) else getattr(source, name, None)
        if value is not None:
            return decimal(value)
    return Decimal(0)


def bar(goods: Decimal, transport: Decimal, tax: Decimal, cls: str, height: int, *, hatched: bool) -> str:
    """Draw the three parts of a price as one bar; widths are SVG attributes, so no inline style is needed."""
    parts = [(n, v) for n, v in (("goods", goods), ("transport", transport), ("tax", tax)) if v > 0]
    whole = sum((v for _, v in parts), Decimal(0))
    room, x, drawn = Decimal(1000 - 5 * (len(parts) - 1)), Decimal(0), []
    for name, value in parts:
        width = value / whole * room
        box = f'x="{x:.1f}" width="{width:.1f}" height="{height}"'
        drawn.append(f'<rect class="p-{name}" {box}/>')
        if hatched and name == "tax":
            drawn.append(f'<rect {box} fill="url(#hatch)"/>')
        x += width + 5
    head = f'<svg class="{cls}" viewBox="0 0 1000 {height}" preserveAspectRatio="none" aria-hidden="true">'
    return head + "".join(drawn) + "</svg>"


@register.simple_tag
def planks(
    source: object,
    cls: str = "planks",
    height: int = 14,
    est: bool = False,  # noqa: FBT001, FBT002
) -> SafeString:
    """Three planks of anything that has goods, transport and tax (or goods_amount and so on)."""
    amounts = (
        part(source, "goods", "goods_amount"),
        part(source, "transport", "transport_amount"),
        part(source, "tax", "tax_amount"),
    )
    return mark_safe(bar(*amounts, cls, int(height), hatched=est))  # noqa: S308


TONES = {
    "ok": "FIXED APPROVED RELEASED DELIVERED COMPLETED PAID SENT CLEARED AVAILABLE LIVE PUBLISHED CAPTURED "
    "SETTLED ACTIVE PASSED DECIDED",
    "warn": "ESTIMATE HELD WAITING ASKED OPEN PENDING SUBMITTED NEEDS_SECOND RETURNED FROZEN "
    "ANSWERED REPLACING WITH_BANK SECOND ARRIVED",
    "bad": "REJECTED CANCELLED FAILED NOT_POSSIBLE SUSPENDED LOST EXPIRED",
    "info": "SHIPPED IN_TRANSIT BOOKED PACKED PLACED DEPOSIT NEW",
}


@register.simple_tag
def status(value: object, words: object = "") -> SafeString:
    """Show a state as a coloured chip that also says it in words."""
    code = str(value or "")
    tone = next((t for t, codes in TONES.items() if code.upper() in codes.split()), "")
    said = str(words or code.replace("_", " ").lower())
    return format_html('<span class="chip {}">{}</span>', tone, said[:1].upper() + said[1:])


@register.simple_tag
def copy_id(value: object) -> SafeString:
    """Show a public number with a button that copies it."""
    return format_html(
        '<span class="cid num"><span>{0}</span><button type="button" data-copy="{0}" data-copied="{1}" '
        'aria-label="{2}">{3}</button></span>',
        value,
        _("Copied"),
        _("Copy %(number)s") % {"number": value},
        icon("copy", "s"),
    )


@register.simple_tag(takes_context=True)
def query(context: template.Context, **changes: object) -> str:
    """Return the current address with some parameters changed; an empty value removes one."""
    request: HttpRequest = context["request"]
    params = request.GET.copy()
    for name, value in changes.items():
        if value in (None, ""):
            params.pop(name, None)
        else:
            params[name] = str(value)
    text = params.urlencode()
    return f"?{text}" if text else request.path


@register.simple_tag(takes_context=True)
def current(context: template.Context, prefix: str) -> SafeString:
    """Mark the menu entry whose pages we are in."""
    request = context.get("request")
    here = request is not None and request.path.startswith(prefix)
    return mark_safe(' aria-current="page"') if here else mark_safe("")


@register.filter
def initials(name: object) -> str:
    """Two letters for a monogram."""
    words = [w for w in re.split(r"\W+", str(name)) if w]
    return "".join(w[0] for w in words[:2]).upper()


@register.filter
def get(mapping: Mapping[object, object], key: object) -> object:
    """One value of a mapping."""
    return mapping.get(key)
