"""What the catalogue tells a seller."""

from __future__ import annotations

from django.utils.translation import gettext as _

from catalog.models import Product
from marketplace.events.models import Event
from marketplace.notifications.actions import notify


def tell_seller_of(event: Event) -> None:
    """Tell the seller what we decided about a listing; the key tells it once."""
    product = Product.objects.select_related("seller").get(number=event.subject)
    names = {"name": product.title[:80]}
    if event.name == "ListingApproved":
        title, body = _("In the shop: %(name)s") % names, _("Buyers can see and buy it now.")
    else:
        reasons = "\n".join(f"{field}: {words}" for field, words in event.payload["reasons"].items())
        title, body = _("Please change: %(name)s") % names, reasons
    notify(
        company=product.seller,
        kind="listing",
        title=title,
        body=body,
        url=product.desk_url(),
        key=f"listing-{event.pk}",
    )
