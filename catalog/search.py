"""Finding products: full text with typo tolerance, facets that do not cancel each other, capped paging.

A search costs at most four statements: the words, the facets, the page, the cards.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from decimal import Decimal
from typing import Any, Final

from django.core.cache import cache
from django.db import connection

from catalog.cards import Card, cards

__all__ = ["Card", "FacetValue", "Facets", "SearchPage", "SearchQuery", "cards", "search", "suggest"]

PAGE_SIZE: Final = 24
LAST_PAGE: Final = 100
MOST_WORDS: Final = 8
FACETS_LIVE: Final = 60
DAYS: Final = (7, 14, 21, 30)
SORTS: Final = ("best", "price", "price_down", "fast", "new")
WORD: Final = re.compile(r"[^\W_]+", re.UNICODE)


@dataclass(frozen=True, slots=True)
class SearchQuery:
    """What a visitor asks for; prices are delivered prices of one piece in `currency`."""

    text: str = ""
    category: str = ""
    origin: tuple[str, ...] = ()
    price_min: Decimal | None = None
    price_max: Decimal | None = None
    days: int | None = None
    nothing_at_door: bool = False
    sort: str = "best"
    page: int = 1
    destination: str = "DE"
    currency: str = "EUR"
    seller: str = ""


@dataclass(frozen=True, slots=True)
class FacetValue:
    value: str
    label: str
    count: int
    chosen: bool


@dataclass(frozen=True, slots=True)
class Facets:
    """Each count assumes all other filters, so choosing one value never empties its neighbours."""

    category: tuple[FacetValue, ...] = ()
    origin: tuple[FacetValue, ...] = ()
    days: tuple[FacetValue, ...] = ()
    nothing_at_door: int = 0
    price_low: Decimal | None = None
    price_high: Decimal | None = None


@dataclass(frozen=True, slots=True)
class SearchPage:
    """One page of results with everything around it; `hints` tells what leaving out a filter gives."""

    query: SearchQuery
    cards: tuple[Card, ...]
    total: int
    facets: Facets
    has_next: bool
    corrected: str = ""
    hints: Mapping[str, int] = field(default_factory=dict)
    suggestions: tuple[str, ...] = ()

    @property
    def pages(self) -> int:
        return min(LAST_PAGE, -(-self.total // PAGE_SIZE))

    @property
    def facets_said(self) -> str:
        """Say the counts as one text, by which a page knows whether it drew them before."""
        return repr(self.facets)

    @property
    def next_page(self) -> int | None:
        return self.query.page + 1 if self.has_next else None

    @property
    def previous_page(self) -> int | None:
        return self.query.page - 1 if self.query.page > 1 else None


def words_of(text: str) -> list[str]:
    """Split what was typed into at most eight words."""
    return [word[:40] for word in WORD.findall(text.casefold())][:MOST_WORDS]


CORRECT: Final = """
SELECT typed.n, lower(unaccent(typed.word)), known.word IS NOT NULL, near.word
FROM unnest(%(words)s::text[]) WITH ORDINALITY AS typed(word, n)
LEFT JOIN LATERAL (
  SELECT word FROM catalog_searchword
  WHERE word LIKE replace(lower(unaccent(typed.word)), '%%', '') || '%%'
  LIMIT 1
) known ON true
LEFT JOIN LATERAL (
  SELECT word FROM catalog_searchword
  WHERE known.word IS NULL AND length(typed.word) > 2 AND word %% lower(unaccent(typed.word))
  ORDER BY similarity(word, lower(unaccent(typed.word))) DESC, word LIMIT 1
) near ON true
ORDER BY typed.n
"""


def correct(words: Sequence[str]) -> tuple[list[str], bool]:
    """Replace each word that no listing has by the nearest one that some listing has."""
    if not words:
        return [], False
    with connection.cursor() as cursor:
        cursor.execute(CORRECT, {"words": list(words)})
        rows = cursor.fetchall()
    better = [word if known or not near else near for _, word, known, near in rows]
    return better, any(near and not known for _, _, known, near in rows)


def _matching(query: SearchQuery, words: Sequence[str]) -> tuple[str, str, dict[str, Any]]:
    """Build the tables, the fixed condition and the values that every statement of a search shares."""
    values: dict[str, Any] = {"destination": query.destination, "currency": query.currency}
    where = ["p.state = 'LIVE'"]
    if words:
        parts = []
        for n, word in enumerate(words):
            values[f"stem{n}"] = word
            values[f"start{n}"] = f"'{word}':*"
            parts.append(f"(to_tsquery('simple', %(start{n})s) || plainto_tsquery('english', %(stem{n})s))")
        where.append("p.search_vector @@ (" + " && ".join(parts) + ")")
        values["rank"] = " && ".join(parts)
    if query.seller:
        where.append("p.seller_id = (SELECT id FROM accounts_company WHERE slug = %(seller)s)")
        values["seller"] = query.seller
    tables = (
        "catalog_product p LEFT JOIN catalog_deliveredprice d ON d.variant_id = p.lead_id"
        " AND d.destination = %(destination)s AND d.currency = %(currency)s"
    )
    return tables, " AND ".join(where), values


def _filters(query: SearchQuery, values: dict[str, Any]) -> dict[str, str]:
    """Build one condition per filter that is in use."""
    made: dict[str, str] = {}
    if query.category:
        made["category"] = (
            "p.category_id IN (SELECT below.id FROM catalog_category below JOIN catalog_category top"
            " ON below.path LIKE top.path || '%%' WHERE top.slug = %(category)s)"
        )
        values["category"] = query.category
    if query.origin:
        made["origin"] = "p.origin = ANY(%(origin)s)"
        values["origin"] = list(query.origin)
    price = []
    if query.price_min is not None:
        price.append("d.total_amount >= %(price_min)s")
        values["price_min"] = query.price_min
    if query.price_max is not None:
        price.append("d.total_amount <= %(price_max)s")
        values["price_max"] = query.price_max
    if price:
        made["price"] = " AND ".join(price)
    if query.days:
        made["days"] = "d.latest_days <= %(days)s"
        values["days"] = query.days
    if query.nothing_at_door:
        made["nothing_at_door"] = "d.nothing_at_the_door"
    return made


def _all_but(filters: Mapping[str, str], name: str = "") -> str:
    return " AND ".join(f"coalesce(f_{key}, false)" for key in filters if key != name) or "true"


def _facet_statement(tables: str, where: str, filters: Mapping[str, str]) -> str:
    flags = "".join(f", ({sql}) AS f_{name}" for name, sql in filters.items())
    buckets = ", ".join(f"count(*) FILTER (WHERE {_all_but(filters, 'days')} AND days <= {n})" for n in DAYS)
    hints = "".join(f", count(*) FILTER (WHERE {_all_but(filters, name)})" for name in filters)
    return f"""
WITH hit AS MATERIALIZED (
  SELECT p.category_id, p.origin, d.total_amount AS price, d.latest_days AS days,
         d.nothing_at_the_door AS door{flags}
  FROM {tables} WHERE {where}
)
SELECT grouping(category_id, origin), category_id, origin,
  count(*) FILTER (WHERE {_all_but(filters, "category")}),
  count(*) FILTER (WHERE {_all_but(filters, "origin")}),
  count(*) FILTER (WHERE {_all_but(filters)}),
  count(*) FILTER (WHERE {_all_but(filters, "nothing_at_door")} AND door),
  min(price) FILTER (WHERE {_all_but(filters, "price")}),
  max(price) FILTER (WHERE {_all_but(filters, "price")}),
  {buckets}{hints}
FROM hit GROUP BY GROUPING SETS ((category_id), (origin), ())
"""  # noqa: S608


@dataclass(frozen=True, slots=True)
class _Counted:
    total: int
    facets: Facets
    hints: dict[str, int]


def _categories() -> dict[int, tuple[str, str]]:
    """Slug and name of every shelf, kept for a minute."""
    from catalog.models import Category

    shelves: dict[int, tuple[str, str]] | None = cache.get("catalog:shelves")
    if shelves is None:
        shelves = {pk: (slug, name) for pk, slug, name in Category.objects.values_list("pk", "slug", "name")}
        cache.set("catalog:shelves", shelves, FACETS_LIVE)
    return shelves


def _count(query: SearchQuery, words: Sequence[str]) -> _Counted:
    """Count total, facets and hints in one statement; the same question within a minute costs none."""
    asked = repr(sorted(asdict(replace(query, page=1, sort="best", text=" ".join(words))).items()))
    key = f"catalog:facets:{hashlib.sha256(asked.encode()).hexdigest()}"
    known: _Counted | None = cache.get(key)
    if known is not None:
        return known
    tables, where, values = _matching(query, words)
    filters = _filters(query, values)
    with connection.cursor() as cursor:
        cursor.execute(_facet_statement(tables, where, filters), values)
        rows = cursor.fetchall()
    counted = _read_counts(query, rows, list(filters))
    cache.set(key, counted, FACETS_LIVE)
    return counted


def _read_counts(query: SearchQuery, rows: list[tuple[Any, ...]], filters: list[str]) -> _Counted:
    shelves = _categories()
    categories: list[FacetValue] = []
    origins: list[FacetValue] = []
    whole: tuple[Any, ...] = ()
    for row in rows:
        grouped, category, origin = row[:3]
        if grouped == 3:
            whole = row
        elif grouped == 1 and category in shelves and row[3]:
            slug, name = shelves[category]
            categories.append(FacetValue(slug, name, row[3], slug == query.category))
        elif grouped == 2 and origin and row[4]:
            origins.append(FacetValue(origin, origin, row[4], origin in query.origin))
    days = tuple(
        FacetValue(str(n), str(n), whole[9 + place], query.days == n) for place, n in enumerate(DAYS)
    )
    facets = Facets(
        category=tuple(sorted(categories, key=lambda v: (-v.count, v.label))),
        origin=tuple(sorted(origins, key=lambda v: (-v.count, v.label))),
        days=days,
        nothing_at_door=whole[6],
        price_low=whole[7],
        price_high=whole[8],
    )
    first_hint = 9 + len(DAYS)
    hints = {name: whole[first_hint + place] for place, name in enumerate(filters)}
    return _Counted(whole[5], facets, hints)


def _ids(query: SearchQuery, words: Sequence[str]) -> list[int]:
    """Find the keys of one page and one more, in order."""
    tables, where, values = _matching(query, words)
    filters = _filters(query, values)
    rank = values.pop("rank", "")
    orders = {
        "price": "d.total_amount ASC NULLS LAST, p.id",
        "price_down": "d.total_amount DESC NULLS LAST, p.id",
        "fast": "d.latest_days ASC NULLS LAST, d.total_amount ASC NULLS LAST, p.id",
        "new": "p.published_at DESC, p.id",
        "best": f"ts_rank(p.search_vector, {rank}) DESC, p.id" if rank else "p.published_at DESC, p.id",
    }
    if not filters and query.sort in {"new", "best"}:
        tables = "catalog_product p"
    condition = " AND ".join([where, *(f"({sql})" for sql in filters.values())])
    order = orders.get(query.sort, orders["best"])
    values["take"] = PAGE_SIZE + 1
    values["skip"] = (query.page - 1) * PAGE_SIZE
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT p.id FROM {tables} WHERE {condition} ORDER BY {order}"  # noqa: S608
            " LIMIT %(take)s OFFSET %(skip)s",
            values,
        )
        return [row[0] for row in cursor.fetchall()]


def _suggest(words: Sequence[str]) -> tuple[str, ...]:
    """Offer words that listings really have, near to what was typed."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT word FROM catalog_searchword, unnest(%(words)s::text[]) AS typed"
            " WHERE similarity(word, typed) > 0.15 GROUP BY word"
            " ORDER BY max(similarity(word, typed)) DESC, word"
            " LIMIT 6",
            {"words": list(words)},
        )
        return tuple(row[0] for row in cursor.fetchall())


def search(query: SearchQuery) -> SearchPage:
    """Answer one page of a search; an impossible page or sorting falls back to the nearest possible."""
    page = min(max(query.page, 1), LAST_PAGE)
    query = replace(query, page=page, sort=query.sort if query.sort in SORTS else "best")
    typed = words_of(query.text)
    words, changed = correct(typed)
    counted = _count(query, words)
    ids = _ids(query, words) if counted.total else []
    return SearchPage(
        query=query,
        cards=cards(ids[:PAGE_SIZE], destination=query.destination, currency=query.currency),
        total=counted.total,
        facets=counted.facets,
        has_next=len(ids) > PAGE_SIZE and page < LAST_PAGE,
        corrected=" ".join(words) if changed else "",
        hints={} if counted.total else counted.hints,
        suggestions=_suggest(words) if words and not counted.total else (),
    )


def suggest(text: str, *, limit: int = 8) -> list[tuple[str, str]]:
    """Offer titles with their slugs while somebody types."""
    words, _changed = correct(words_of(text))
    if not words:
        return []
    _tables, where, values = _matching(SearchQuery(), words)
    values.pop("rank", None)
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT p.title, p.slug FROM catalog_product p WHERE {where} ORDER BY p.id LIMIT %(take)s",  # noqa: S608
            {**values, "take": limit},
        )
        return [(str(title), str(slug)) for title, slug in cursor.fetchall()]
