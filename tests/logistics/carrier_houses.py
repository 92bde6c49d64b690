"""Four carriers on the next port, over real HTTP: MyDHL, FedEx, UPS and Canada Post, in our words.

Each answers as its published description says, keeps what it booked under our reference, and can be told to
be slow after booking, to break, to send a page instead of an answer, to refuse, or to drip a byte at a time.
"""

from __future__ import annotations

import base64
import json
import re
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Final
from urllib.parse import parse_qs, unquote, urlsplit

from logistics.carriers import live as port


def _pdf() -> bytes:
    """An empty page of 100 × 150 mm with everything that a reader asks for."""
    parts = [
        b"<</Type/Catalog/Pages 2 0 R>>", b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 283 425]/Resources<<>>>>",
    ]  # fmt: skip
    out, places = b"%PDF-1.4\n", []
    for number, part in enumerate(parts, 1):
        places.append(len(out))
        out += b"%d 0 obj" % number + part + b"endobj\n"
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    start = len(out)
    out += b"xref\n0 4\n0000000000 65535 f \n" + table
    return out + b"trailer<</Size 4/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF" % start


PDF: Final = base64.b64encode(_pdf()).decode()
# One white dot as GIF: UPS sends labels as pictures.
GIF: Final = base64.b64encode(
    b"GIF89a\x01\x00\x01\x00\x80\x00\x00\xff\xff\xff\x00\x00\x00!\xf9\x04\x00\x00\x00\x00\x00,\x00\x00\x00\x00\x01"
    b"\x00\x01\x00\x00\x02\x02D\x01\x00;"
).decode()


class Houses:
    """What the four carriers know, and how they are told to behave."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, str, Any]] = []
        self.booked: dict[str, str] = {}
        self.cancelled: list[str] = []
        self.behave = "well"
        self.hide = False  # the look-up does not find what was booked
        self.slow = 3.0
        self.events = "delivered"

    def book(self, reference: str, number: str) -> str:
        self.booked.setdefault(f"{reference}#{len(self.booked)}", number)
        return number

    def find(self, reference: str) -> str | None:
        if self.hide:
            return None
        return next((n for key, n in self.booked.items() if key.split("#")[0] == reference), None)

    def posts(self, part: str) -> list[Any]:
        return [body for method, path, body in self.asked if method == "POST" and part in path]


class Counter(BaseHTTPRequestHandler):
    houses: Houses

    def log_message(self, *args: object) -> None:
        pass

    def do_GET(self) -> None:
        self._serve("GET")

    def do_POST(self) -> None:
        self._serve("POST")

    def do_PUT(self) -> None:
        self._serve("PUT")

    def do_DELETE(self) -> None:
        self._serve("DELETE")

    def _serve(self, method: str) -> None:
        houses, parts = self.houses, urlsplit(self.path)
        raw = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        kind = self.headers.get("Content-Type", "")
        body: Any = json.loads(raw) if "json" in kind and raw else raw.decode()
        houses.asked.append((method, unquote(self.path), body))
        signing_in = "oauth" in parts.path
        ordering = method == "POST" and re.search(r"shipments?$|/ship$", parts.path)
        if houses.behave == "page" and not signing_in:
            return self._send(200, "<html><h1>Down for maintenance</h1></html>", "text/html")
        if houses.behave == "broken" and not signing_in:
            return self._send(503, "<html>503</html>", "text/html")
        if houses.behave == "drip" and not signing_in:
            return self._drip()
        if houses.behave == "silent" and not signing_in:
            time.sleep(houses.slow)
        status, answer, media = self._answer(method, parts.path, parse_qs(parts.query), body)
        if houses.behave == "slow after booking" and ordering:
            time.sleep(houses.slow)
        return self._send(status, answer, media)

    def _drip(self) -> None:
        self.send_response(200)
        self.send_header("Content-Length", "500")
        self.end_headers()
        for _second in range(30):
            try:
                self.wfile.write(b" ")
                self.wfile.flush()
            except OSError:
                return
            time.sleep(0.2)

    def _send(self, status: int, answer: str, media: str = "application/json") -> None:
        out = answer.encode()
        try:
            self.send_response(status)
            self.send_header("Content-Type", media)
            self.send_header("Content-Length", str(len(out)))
            self.end_headers()
            self.wfile.write(out)
        except OSError:
            return  # nobody waits any more

    def _answer(self, method: str, path: str, query: dict[str, list[str]], body: Any) -> tuple[int, str, str]:
        for start, answer in (("/dhl", self._dhl), ("/fedex", self._fedex), ("/ups", self._ups)):
            if path.startswith(f"{start}/"):
                status, found = answer(method, path.removeprefix(start), query, body)
                return status, json.dumps(found), "application/json"
        return self._post_office(method, path.removeprefix("/cp"), body)

    # MyDHL

    def _dhl(  # noqa: PLR0911  one answer after another
        self, method: str, path: str, query: dict[str, list[str]], body: Any
    ) -> tuple[int, Any]:
        houses = self.houses
        if houses.behave == "refusing":
            problem = {
                "instance": "/x",
                "detail": "410301: The city does not fit the postcode",
                "status": 400,
            }
            return 400, problem | {"title": "Bad request", "message": "Bad request"}
        if path == "/rates":
            return 200, {"products": [self._dhl_product("P", "EXPRESS WORLDWIDE", 61.05, 3),
                                      self._dhl_product("Y", "EXPRESS 12:00", 84.3, 2)]}  # fmt: skip
        if path == "/shipments":
            number = houses.book(body["customerReferences"][0]["value"], f"12345678{len(houses.booked):02}")
            return 201, {
                "shipmentTrackingNumber": number, "trackingUrl": "x",
                "packages": [{"referenceNumber": 1, "trackingNumber": f"JD{number}"}],
                "documents": [{"imageFormat": "PDF", "content": PDF, "typeCode": "label"}],
            }  # fmt: skip
        if "shipmentReference" in query:
            found = houses.find(query["shipmentReference"][0])
            if found is None:
                return 404, {"title": "Not found", "detail": "No shipment found", "status": 404}
            return 200, {"shipments": [{"shipmentTrackingNumber": found, "events": []}]}
        if "shipmentTrackingNumber" not in query:
            return 404, {"title": "Not found", "detail": "No proof of delivery yet", "status": 404}
        number = query["shipmentTrackingNumber"][0]
        rows = [("2026-11-25", "10:12:00", "PU", "Shipment picked up", "Mendoza"),
                ("2026-11-27", "08:00:00", "CR", "Clearance complete", "Berlin")]  # fmt: skip
        if houses.events == "delivered":
            rows.append(("2026-11-28", "14:31:00", "OK", "Delivered", "Berlin"))
        events = [
            {"date": day, "time": at, "typeCode": code, "description": words, "signedBy": "J. Meyer",
             "serviceArea": [{"code": "X", "description": town}]}
            for day, at, code, words, town in reversed(rows)
        ]  # fmt: skip
        return 200, {"shipments": [{"shipmentTrackingNumber": number, "productCode": "P", "events": events}]}

    @staticmethod
    def _dhl_product(code: str, name: str, price: float, days: int) -> dict[str, Any]:
        parts = [{"typeCode": "FF", "name": "FUEL SURCHARGE", "price": 7.05}]
        return {
            "productName": name, "productCode": code, "localProductCode": code, "networkTypeCode": "TD",
            "totalPrice": [{"currencyType": "BILLC", "priceCurrency": "USD", "price": price}],
            "totalPriceBreakdown": [
                {"currencyType": "BILLC", "priceCurrency": "USD", "priceBreakdown": parts}
            ],
            "deliveryCapabilities": {"totalTransitDays": days},
        }  # fmt: skip

    # FedEx

    def _fedex(  # noqa: PLR0911  one answer after another
        self, method: str, path: str, query: dict[str, list[str]], body: Any
    ) -> tuple[int, Any]:
        houses = self.houses
        if path == "/oauth/token":
            return 200, {"access_token": "t", "token_type": "bearer", "expires_in": 3600, "scope": "x"}
        if houses.behave == "refusing":
            return 400, {"errors": [{"code": "SERVICE.UNAVAILABLE", "message": "This lane is not served."}]}
        if path == "/rate/v1/rates/quotes":
            detail = {
                "rateType": "ACCOUNT", "totalNetCharge": 73.4, "totalBaseCharge": 60.0, "totalDiscounts": 0.0,
                "currency": "USD",
                "shipmentRateDetail": {"surCharges": [{"description": "Fuel", "amount": 13.4}], "taxes": []},
            }  # fmt: skip
            rate = {
                "serviceType": "INTERNATIONAL_PRIORITY", "serviceName": "FedEx International Priority",
                "ratedShipmentDetails": [detail], "operationalDetail": {"transitTime": "THREE_DAYS"},
            }  # fmt: skip
            return 200, {"output": {"rateReplyDetails": [rate]}}
        if path == "/ship/v1/shipments":
            line = body["requestedShipment"]["requestedPackageLineItems"][0]
            reference = next(r["value"] for r in line["customerReferences"])
            number = houses.book(reference, f"7946010000{len(houses.booked):02}")
            piece = {
                "trackingNumber": number, "trackingIdType": "FEDEX", "serviceCategory": "EXPRESS",
                "packageDocuments": [{"contentType": "LABEL", "docType": "PDF", "encodedLabel": PDF}],
            }  # fmt: skip
            shipment = {
                "masterTrackingNumber": number, "serviceType": "INTERNATIONAL_PRIORITY",
                "pieceResponses": [piece], "shipmentDocuments": [],
            }  # fmt: skip
            return 200, {"output": {"transactionShipments": [shipment]}}
        if path == "/track/v1/referencenumbers":
            found = houses.find(body["referencesInformation"]["value"])
            track: dict[str, Any] = {
                "error": {"code": "TRACKING.REFERENCENUMBER.NOTFOUND", "message": "None."}
            }
            if found:
                track = {"trackingNumberInfo": {"trackingNumber": found}}
            return 200, {"output": {"completeTrackResults": [{"trackResults": [track]}]}}
        if path != "/track/v1/trackingnumbers":
            return 404, {"errors": [{"code": "NOT.FOUND.ERROR", "message": "No document."}]}
        number = body["trackingInfo"][0]["trackingNumberInfo"]["trackingNumber"]
        scans = [
            {"date": "2026-11-28T10:00:00+01:00", "eventType": "DL", "eventDescription": "Delivered",
             "scanLocation": {"city": "Berlin", "countryCode": "DE"}, "derivedStatusCode": "DL"},
            {"date": "2026-11-25T18:00:00-03:00", "eventType": "PU", "eventDescription": "Picked up",
             "scanLocation": {"city": "Mendoza", "countryCode": "AR"}, "derivedStatusCode": "PU"},
        ]  # fmt: skip
        track = {
            "trackingNumberInfo": {"trackingNumber": number}, "scanEvents": scans,
            "latestStatusDetail": {"code": "DL", "description": "Delivered"},
            "deliveryDetails": {"receivedByName": "J. Meyer"},
        }  # fmt: skip
        return 200, {
            "output": {"completeTrackResults": [{"trackingNumber": number, "trackResults": [track]}]}
        }

    # UPS

    def _ups(  # noqa: PLR0911  one answer after another
        self, method: str, path: str, query: dict[str, list[str]], body: Any
    ) -> tuple[int, Any]:
        houses = self.houses
        if path == "/security/v1/oauth/token":
            issued = str(int(time.time() * 1000))
            return 200, {
                "access_token": "t",
                "expires_in": "14399",
                "issued_at": issued,
                "status": "approved",
            }
        if houses.behave == "refusing":
            return 400, {"response": {"errors": [{"code": "111210", "message": "This lane is not served."}]}}
        if path == "/api/rating/v2409/Shop":
            money = {"CurrencyCode": "USD", "MonetaryValue": "66.95"}
            rated = {
                "Service": {"Code": "08"}, "TransportationCharges": money, "BaseServiceCharge": money,
                "ServiceOptionsCharges": {"CurrencyCode": "USD", "MonetaryValue": "0.00"},
                "TotalCharges": money,
                "ItemizedCharges": [], "TaxCharges": [],
                "TimeInTransit": {"ServiceSummary": {"EstimatedArrival": {"BusinessDaysInTransit": "4"}}},
            }  # fmt: skip
            return 200, {"RateResponse": {"RatedShipment": [rated]}}
        if path == "/api/shipments/v2409/ship":
            reference = body["ShipmentRequest"]["Shipment"]["ReferenceNumber"]["Value"]
            number = houses.book(reference, f"1Z999AA101234567{len(houses.booked):02}")
            label = {"ImageFormat": {"Code": "GIF"}, "GraphicImage": GIF}
            results = {
                "ShipmentIdentificationNumber": number,
                "PackageResults": [{"TrackingNumber": number, "ShippingLabel": label}],
            }  # fmt: skip
            return 200, {"ShipmentResponse": {"ShipmentResults": results}}
        if path.startswith("/api/track/v1/reference/details/"):
            found = houses.find(path.rpartition("/")[2])
            if found is None:
                return 404, {"response": {"errors": [{"code": "TW0001", "message": "Reference not found."}]}}
            return 200, {"trackResponse": {"shipment": [{"package": [{"trackingNumber": found}]}]}}
        place = {"address": {"city": "Mendoza", "country": "AR"}}
        activity = [
            {"date": "20261126", "time": "101500", "location": place,
             "status": {"type": "I", "code": "DP", "description": "Departed"}},
            {"date": "20261125", "time": "091500", "location": place,
             "status": {"type": "P", "code": "PU", "description": "Pickup scan"}},
        ]  # fmt: skip
        package = {
            "trackingNumber": path.rpartition("/")[2], "activity": activity, "packageAddress": [],
            "deliveryDate": [], "deliveryInformation": {"receivedBy": ""}, "weight": {}, "service": {},
        }  # fmt: skip
        return 200, {"trackResponse": {"shipment": [{"package": [package]}]}}

    # Canada Post

    def _post_office(self, method: str, path: str, body: str) -> tuple[int, str, str]:
        houses, xml = self.houses, "application/xml"
        if houses.behave == "refusing":
            return 400, (
                '<messages xmlns="http://www.canadapost.ca/ws/messages"><message><code>9111</code>'
                "<description>No services for this destination.</description></message></messages>"
            ), xml  # fmt: skip
        if path == "/rs/ship/price":
            return 200, (
                '<price-quotes xmlns="http://www.canadapost.ca/ws/ship/rate-v4"><price-quote>'
                "<service-code>INT.XP</service-code><service-name>Xpresspost International</service-name>"
                "<price-details><base>52.10</base><taxes><gst>0.00</gst><pst>0</pst><hst>0</hst></taxes>"
                "<due>57.31</due><adjustments><adjustment><adjustment-code>FUELSC</adjustment-code>"
                "<adjustment-name>Fuel surcharge</adjustment-name><adjustment-cost>5.21</adjustment-cost>"
                "</adjustment></adjustments></price-details><service-standard>"
                "<expected-transit-time>6</expected-transit-time></service-standard></price-quote></price-quotes>"
            ), xml  # fmt: skip
        if path.endswith("/shipment"):
            reference = re.search(r"customer-ref-1>([^<]+)<", body)
            assert reference is not None
            number = houses.book(reference[1], f"1234567890123{len(houses.booked):03}")
            host = self.headers["Host"]
            return 200, (
                '<shipment-info xmlns="http://www.canadapost.ca/ws/shipment-v8"><shipment-id>347</shipment-id>'
                f"<shipment-status>created</shipment-status><tracking-pin>{number}</tracking-pin><links>"
                f'<link rel="label" href="http://{host}/cp/label" media-type="application/pdf" index="0"/>'
                "</links></shipment-info>"
            ), xml  # fmt: skip
        if path == "/label":
            return 200, base64.b64decode(PDF).decode(), "application/pdf"
        pin = path.split("/")[4]
        return 200, (
            f'<tracking-detail xmlns="http://www.canadapost.ca/ws/track-v2"><pin>{pin}</pin><significant-events>'
            "<occurrence><event-identifier>1701</event-identifier><event-date>2026-11-26</event-date>"
            "<event-time>09:00:00</event-time><event-time-zone>EST</event-time-zone>"
            "<event-description>Picked up</event-description><event-site>TORONTO</event-site>"
            "<event-province>ON</event-province></occurrence></significant-events></tracking-detail>"
        ), xml  # fmt: skip


@contextmanager
def open_houses() -> Iterator[tuple[Houses, str]]:
    """Open the four carriers on a free port; give what they know and their address."""
    houses = Houses()
    handler = type("Counter", (Counter,), {"houses": houses})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield houses, f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


CREDENTIALS: dict[str, tuple[str, dict[str, str]]] = {
    "mydhl": ("/dhl", {"username": "u", "password": "p", "account_number": "123456789"}),
    "fedex": (
        "/fedex",
        {
            "api_key": "k", "secret_key": "s", "account_number": "1", "track_api_key": "k",
            "track_secret_key": "s",
        },
    ),
    "ups": ("/ups", {"client_id": "c", "client_secret": "s", "account_number": "A1"}),
    "canadapost": ("/cp", {"username": "u", "password": "p", "customer_number": "0009", "contract_id": "42"}),
}  # fmt: skip
GOODS = {
    "sku": "WINE", "description": "red wine in bottles", "quantity": 3, "hs_code": "220421", "origin": "AR",
    "value": "15.90", "weight_kg": "1.2", "currency": "USD",
}  # fmt: skip


def account(name: str, address: str, **more: Any) -> port.Account:
    path, credentials = CREDENTIALS[name]
    # A key of its own for each server, so that no token of another test is used.
    own = credentials | ({"api_key": address} if name == "fedex" else {})
    own |= {"client_id": address} if name == "ups" else {}
    return port.Account(name, own, address + path, **more)
