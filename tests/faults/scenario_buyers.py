"""Fifty buyers at once for the last ten pieces, over real HTTP with real forms."""

from __future__ import annotations

import re
import threading
from functools import partial
from typing import Final

import httpx

from tests.faults import stock
from tests.faults.house import ADDRESS, TLS, House, together

SKU: Final = "BASKET"
BUYERS: Final = 50
PIECES: Final = 10
PATIENCE: Final = 900  # seconds; no criterion, only an end for what hangs
SENTENCE: Final = "was sold a moment ago. Take it out of your cart; the rest can still be ordered."


class Guest:
    """A guest with a browser of their own, who sends what the forms of the pages hold."""

    def __init__(self, address: str) -> None:
        # A line that stands open while fifty wait may be closed by the server: each request opens its own.
        self.http = httpx.Client(
            base_url=address,
            verify=TLS,
            timeout=PATIENCE,
            trust_env=False,
            limits=httpx.Limits(max_keepalive_connections=0),
        )

    def form(self, page: httpx.Response, *names: str) -> dict[str, str]:
        """Read hidden fields of a page; the token against forged requests is one of them."""
        assert page.status_code == 200, (page.status_code, page.text[-300:])
        found = {}
        for name in ("csrfmiddlewaretoken", *names):
            tag = re.search(rf'<input[^>]*name="{name}"[^>]*>', page.text)
            value = tag and re.search(r'value="([^"]*)"', tag.group(0))
            assert value, f"no field {name}"
            found[name] = value.group(1)
        return found

    def choose(self) -> dict[str, str]:
        """Put one piece into the cart and open the checkout."""
        page = self.http.get(f"/products/{SKU.lower()}/", params={"ship_to": "DE-10115", "currency": "EUR"})
        wanted = {**self.form(page), "sku": SKU, "quantity": "1"}
        answer = self.http.post("/cart/lines/", data=wanted)
        assert answer.status_code == 302, answer.status_code
        return {**ADDRESS, **self.form(self.http.get("/checkout/"), "key", "quote")}

    def order(self, form: dict[str, str]) -> httpx.Response:
        """Press the order button."""
        return self.http.post("/checkout/", data=form)


def race(address: str) -> tuple[list[httpx.Response], list[httpx.Response]]:
    """Let every buyer press the button at the same moment; give who got it and who was refused."""
    line = threading.Barrier(BUYERS, timeout=PATIENCE)

    def buy(place: int) -> httpx.Response:
        guest = Guest(address)
        with guest.http:
            # Two windows share an e-mail: the account of a guest is made once.
            form = {**guest.choose(), "email": f"guest{place // 2}@mail.example"}
            line.wait()
            return guest.order(form)

    answers = together([partial(buy, place) for place in range(BUYERS)], BUYERS)
    broken = [one for one in answers if not isinstance(one, httpx.Response)]
    assert not broken, f"{len(broken)} buyers failed: {broken[0]!r}"
    got = [one for one in answers if one.status_code == 302]
    return got, [one for one in answers if one.status_code != 302]


def fifty_buyers_at_once_take_the_last_ten_pieces(house: House) -> None:
    """Sell ten pieces to ten of fifty; the forty read a clear sentence and keep nothing."""
    stock.goods(SKU, PIECES)
    judge(house.address)


def judge(address: str) -> None:
    """Run the race against a shop with ten pieces and compare what is left."""
    from logistics.warehousing.models import Reservation, StockBalance
    from orders.models import Order, OrderGroup, Quote

    before = {
        "orders": Order.objects.count(),
        "groups": OrderGroup.objects.count(),
        "held": Reservation.objects.count(),
        "used": Quote.objects.exclude(used_at=None).count(),
    }

    got, refused = race(address)

    assert (len(got), len(refused)) == (PIECES, BUYERS - PIECES), (len(got), len(refused))
    assert {one.status_code for one in refused} == {409}, {one.status_code for one in refused}
    unclear = [one.text for one in refused if SENTENCE not in one.text]
    assert not unclear, re.findall(r"<b>[^<]*</b>|<h1>[^<]*</h1>", unclear[0])
    after = {
        "orders": Order.objects.count(),
        "groups": OrderGroup.objects.count(),
        "held": Reservation.objects.count(),
        "used": Quote.objects.exclude(used_at=None).count(),
    }
    grown = {name: after[name] - before[name] for name in after}
    assert grown == dict.fromkeys(after, PIECES), grown
    assert stock.left(SKU) == 0
    for balance in StockBalance.objects.filter(sku=SKU):
        assert 0 <= balance.reserved + balance.blocked <= balance.quantity, balance


HOUSE = (fifty_buyers_at_once_take_the_last_ten_pieces,)
