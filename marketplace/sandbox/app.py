"""The outside world under one address: payments, carrier, customs, bank, and a desk to steer them."""

from __future__ import annotations

import os
import threading
import traceback
from http.server import ThreadingHTTPServer
from typing import Any

from marketplace.sandbox import authority, bank, carrier, checkout, desk, stripe
from marketplace.sandbox.post import Postman
from marketplace.sandbox.store import Store
from marketplace.sandbox.web import Answer, Request, json_answer, serve


class Sandbox:
    """One outside world: start it, talk to it over HTTP, stop it."""

    def __init__(
        self, database: dict[str, Any], *, port: int = 0, site: str = "", host: str = "127.0.0.1"
    ) -> None:
        self.store = Store(database)
        self.site = site.rstrip("/")
        self.server: ThreadingHTTPServer = serve(host, port, self.answer)
        self.address = os.environ.get("SANDBOX_ADDRESS", "") if port else ""
        self.address = self.address.rstrip("/") or f"http://{host}:{self.server.server_port}"
        self.postman = Postman(self.store)
        self.thread = threading.Thread(target=self.server.serve_forever, daemon=True, args=(0.05,))
        with self.store.act() as box:
            box.cursor.execute(
                "DELETE FROM sandbox.thing WHERE kind = 'webhook_endpoint' AND body @> '{\"_own\":true}'"
            )
            if self.site:
                secret = os.environ.get("STRIPE_WEBHOOK_SECRET", "whsec_sandbox")
                endpoint = stripe.new_endpoint(box, f"{self.site}/payments/webhook/", secret, ["*"])
                box.save({**endpoint, "_own": True})

    def start(self) -> None:
        """Serve and deliver in the background."""
        self.thread.start()
        self.postman.start()

    def stop(self) -> None:
        """End both threads and let go of the database."""
        self.postman.stopping.set()
        self.server.shutdown()
        self.server.server_close()
        self.postman.join(15)
        self.thread.join(5)
        self.store.close()

    def answer(self, request: Request) -> Answer:
        """Send the request to the right house."""
        try:
            return self._answer(request)
        except Exception:
            traceback.print_exc()
            return json_answer({"error": {"type": "api_error", "message": "The sandbox stumbled."}}, 500)

    def _answer(self, request: Request) -> Answer:
        path = request.path
        if path.startswith(("/v1/", "/v2/")):
            return stripe.answer(self.store, request, self.address)
        if path.startswith("/pay/"):
            return checkout.answer(self.store, request, path.removeprefix("/pay/"))
        with self.store.act() as box:
            if path.startswith("/carrier/"):
                secret = os.environ.get("CARRIER_SECRET", "carrier_sandbox")
                return carrier.answer(box, request, secret, f"{self.site}/logistics/tracking/")
            if path.startswith("/customs/"):
                secret = os.environ.get("CUSTOMS_SECRET", "customs_sandbox")
                return authority.answer(box, request, secret, f"{self.site}/customs/authority/")
            if path.startswith("/bank/"):
                return bank.answer(box, request)
            return desk.answer(box, request)
