"""Which customs system reads a declaration; all are reached at `CUSTOMS_ADDRESS`."""

from __future__ import annotations

from typing import Final

from customs.authorities.asycuda import Asycuda
from customs.authorities.base import Authority, Filing
from customs.authorities.eu import Union
from customs.authorities.post import Post
from customs.datasets import parties
from customs.models import Declaration

SYSTEMS: Final[tuple[Authority, ...]] = (Union(), Asycuda(), Post())


def system_for(declaration: Declaration) -> Authority:
    """Choose the first system that takes the declaration."""
    return next(system for system in SYSTEMS if system.takes(declaration))


def filing_of(declaration: Declaration, *, callback: str) -> Filing:
    """Write the filing in the form of its system; raises DeclarationIncomplete with every wrong field."""
    system = system_for(declaration)
    promised = declaration.charges_amount
    calculated = None if promised is None else parties.money(promised, declaration.currency)
    data = system.data(declaration)
    return Filing(declaration.number, declaration.to_country, data, callback, system.name, calculated)
