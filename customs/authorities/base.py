"""What every authority understands: a declaration goes in, a movement reference number comes back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

import httpx
from django.conf import settings

from customs.models import Declaration


class AuthoritySilent(OSError):
    """The authority did not answer, or not with what it promised; the filing is tried again."""


@dataclass(frozen=True, slots=True)
class Filing:
    """A declaration on its way: our reference, the system and its data set, where to answer.

    `calculated` is the duty and tax that we worked out, as the declarant says it to customs.
    """

    reference: str
    country: str
    data: dict[str, Any] | str
    callback: str
    system: str = ""
    calculated: dict[str, str] | None = None


@dataclass(frozen=True, slots=True)
class Filed:
    """The authority's number for the declaration."""

    mrn: str
    state: str


class Authority(Protocol):
    """One customs system."""

    @property
    def name(self) -> str:
        """Name of the system, sent with each filing."""
        ...

    @property
    def forms(self) -> tuple[str, ...]:
        """Names of the data sets that the system reads."""
        ...

    def takes(self, declaration: Declaration) -> bool:
        """Say whether this system is the one for the declaration."""
        ...

    def data(self, declaration: Declaration) -> dict[str, Any] | str:
        """Write what this system reads; raises DeclarationIncomplete."""
        ...


def send(filing: Filing, *, key: str) -> Filed:
    """Send a declaration to the address in the settings; the key makes a repetition harmless."""
    try:
        answer = httpx.post(
            f"{settings.CUSTOMS_ADDRESS}/declarations",
            json={
                "reference": filing.reference,
                "country": filing.country,
                "system": filing.system,
                "callback": filing.callback,
                "calculated": filing.calculated,
                "data": filing.data,
            },
            headers={"Authorization": f"Bearer {settings.CUSTOMS_SECRET}", "Idempotency-Key": key},
            timeout=10,
        )
        answer.raise_for_status()
        body = answer.json()
        return Filed(mrn=str(body["mrn"])[:60], state=str(body["state"]))
    except (httpx.HTTPError, ValueError, KeyError, TypeError) as error:
        raise AuthoritySilent(str(error)) from error
