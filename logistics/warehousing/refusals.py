"""What the stores refuse, in a sentence that says what to do."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from marketplace.kit.refusal import Refusal


class StockShort(Refusal):
    words = _("Only {available} of {sku} are left. Choose fewer, or come back later.")


class ReservationGone(Refusal):
    words = _("The goods were kept for you until {until}, and that time is over. Please start again.")


class BadQuantity(Refusal):
    words = _("The quantity must be a whole number above zero.")
    status = 400


class LotExpired(Refusal):
    words = _("Lot {lot} is past its date. Put it aside instead of receiving it.")


class LotDiffers(Refusal):
    words = _(
        "Lot {lot} is known with {known}, not {given}. Check the label, or give it a lot number of its own."
    )


class NotFound(Refusal):
    words = _("{what} is not known in this warehouse. Scan again, or type the number.")
    status = 404


class AlreadyClosed(Refusal):
    words = _("{what} is closed, so nothing can be added. Announce a new one.")


class LotBlocked(Refusal):
    words = _("Lot {lot} is blocked and cannot leave. Ask the warehouse why.")


class StillPromised(Refusal):
    words = _("{count} pieces of this are sold and wait to leave. Send or cancel those orders first.")


class SamePerson(Refusal):
    words = _("You counted this yourself. Another person must decide.")
    status = 403


class NotWaiting(Refusal):
    words = _("{what} does not wait for this step: it is “{state}”.")


class BinTaken(Refusal):
    words = _("{name} is at bin {bin} until {until}. Take another line first, or ask them to finish.")


class WrongGoods(Refusal):
    words = _("This is {given}. The list wants {wanted}. Put it back and scan again.")


class BondedStays(Refusal):
    words = _(
        "Bonded goods may only go to a bonded place in the same country, or leave bond through customs."
    )


class NoDeclaration(Refusal):
    words = _("Bonded goods leave bond only with a customs declaration. Enter its number.")
    status = 400


class EntryMissing(Refusal):
    words = _("Goods come into bond on a customs entry. Enter its number.")
    status = 400


class NothingHere(Refusal):
    words = _("Nothing was announced. Add at least one line with a quantity above zero.")
    status = 400
