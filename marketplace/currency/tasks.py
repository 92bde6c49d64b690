"""The daily fetch of reference rates."""

from __future__ import annotations

import logging

import httpx
from celery import shared_task
from django.conf import settings
from django.utils import timezone

from marketplace.currency import actions, files
from marketplace.currency.models import RateSet

log = logging.getLogger(__name__)


@shared_task
def fetch_rates() -> None:
    """Fetch the ECB's feed; without a network, or with a broken file, the rates in force stay."""
    address = settings.RATES_FEED_ADDRESS
    try:
        found = files.ecb_xml(_fetched(address), "European Central Bank, reference rates")
    except (httpx.HTTPError, files.BadRates) as problem:
        log.warning("No new exchange rates from %s: %s", address, problem)
        return
    actions.load(found, source=RateSet.Source.ECB, at=timezone.now())


def _fetched(address: str) -> bytes:
    """Give what the feed answers; an answer without an end is dropped where it passes the limit."""
    content = bytearray()
    with httpx.stream("GET", address, timeout=20, follow_redirects=False) as answer:
        answer.raise_for_status()
        for part in answer.iter_bytes():
            content += part
            if len(content) > files.LARGEST:
                raise files.too_large(address, len(content))
    return bytes(content)
