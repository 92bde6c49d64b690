"""Ways through a graph of legs: the cheapest, the fastest, and all short ones, without any table."""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

LINE_HAUL: Final = frozenset({"air", "sea", "reefer", "post"})


class NoRoute(LookupError):
    """No way leads from start to end."""


@dataclass(frozen=True, slots=True)
class Edge:
    """One leg as the search sees it."""

    id: int
    start: str
    end: str
    mode: str
    days_min: int
    days_max: int
    distance_km: int = 0


Cost = Callable[[Edge], Decimal | None]


class Graph:
    """Legs by their start; built once, read by many."""

    def __init__(self, edges: Iterable[Edge]) -> None:
        self.leaving: dict[str, list[Edge]] = {}
        for edge in edges:
            self.leaving.setdefault(edge.start, []).append(edge)

    def best(self, starts: Sequence[str], end: str, cost: Cost) -> tuple[Decimal, tuple[Edge, ...]]:
        """Return the way of least cost from any start; an edge whose cost is None is closed."""
        queue: list[tuple[Decimal, int, str]] = []
        least: dict[str, Decimal] = {}
        came: dict[str, Edge] = {}
        for start in starts:
            least[start] = Decimal(0)
            heapq.heappush(queue, (Decimal(0), 0, start))
        done: set[str] = set()
        count = 0
        while queue:
            spent, _, node = heapq.heappop(queue)
            if node == end:
                return spent, _walk_back(came, node)
            if node in done:
                continue
            done.add(node)
            for edge in self.leaving.get(node, ()):
                if edge.end in done or (price := cost(edge)) is None:
                    continue
                there = spent + price
                if edge.end not in least or there < least[edge.end]:
                    least[edge.end] = there
                    came[edge.end] = edge
                    count += 1
                    heapq.heappush(queue, (there, count, edge.end))
        raise NoRoute(f"{list(starts)} to {end}")

    def ways(self, start: str, end: str, *, line_hauls: int = 1, longest: int = 5) -> list[tuple[Edge, ...]]:
        """All ways with at most so many long legs and at most `longest` legs, none twice through a node."""
        found: list[tuple[Edge, ...]] = []

        def walk(node: str, path: list[Edge], seen: set[str], hauls: int) -> None:
            if node == end and path:
                found.append(tuple(path))
                return
            if len(path) == longest:
                return
            for edge in self.leaving.get(node, ()):
                long = hauls + (edge.mode in LINE_HAUL)
                if edge.end in seen or long > line_hauls:
                    continue
                walk(edge.end, [*path, edge], seen | {edge.end}, long)

        walk(start, [], {start}, 0)
        return found


def cheapest(graph: Graph, start: str, end: str, prices: Mapping[int, Decimal]) -> tuple[Edge, ...]:
    """Return the way of least price."""
    return graph.best([start], end, lambda edge: prices.get(edge.id))[1]


def fastest(graph: Graph, start: str, end: str) -> tuple[Edge, ...]:
    """Return the way of least days, counted by their latest."""
    return graph.best([start], end, lambda edge: Decimal(edge.days_max))[1]


def best_value(
    graph: Graph, start: str, end: str, prices: Mapping[int, Decimal], *, day_is_worth: Decimal
) -> tuple[Edge, ...]:
    """Return the way of least price when every day costs `day_is_worth`."""

    def cost(edge: Edge) -> Decimal | None:
        price = prices.get(edge.id)
        return None if price is None else price + day_is_worth * edge.days_max

    return graph.best([start], end, cost)[1]


def _walk_back(came: Mapping[str, Edge], node: str) -> tuple[Edge, ...]:
    path: list[Edge] = []
    while node in came:
        path.append(came[node])
        node = came[node].start
    return tuple(reversed(path))
