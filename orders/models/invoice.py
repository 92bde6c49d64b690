"""The buyer's invoice: its gapless number, and what it said."""

from __future__ import annotations

from django.db import models

from orders.models.deal import Order


class BuyerInvoice(models.Model):
    """One invoice of one order, written when it was paid; each refund later gets a credit note of its own."""

    class Kind(models.TextChoices):
        INVOICE = "380", "invoice"
        CREDIT = "381", "credit note"

    number = models.CharField(max_length=20, unique=True)
    order = models.ForeignKey(Order, models.PROTECT, related_name="invoices")
    kind = models.CharField(max_length=3, choices=Kind, default=Kind.INVOICE)
    corrects = models.ForeignKey(
        "self",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="credit_notes",
        help_text="the invoice that this credit note takes back a part of",
    )
    refund_key = models.CharField(max_length=120, blank=True, help_text="the refund of a credit note")
    refunded_at = models.DateTimeField(null=True, blank=True)
    spread = models.JSONField(
        default=dict, blank=True, help_text="what a credit note takes of lines, charges, bases and taxes"
    )
    total_amount = models.DecimalField(max_digits=19, decimal_places=4)
    tax_amount = models.DecimalField(max_digits=19, decimal_places=4)
    currency = models.CharField(max_length=3)
    scheme = models.CharField(max_length=20, blank=True, help_text="IOSS, OVR, … where we took the tax")
    problem = models.CharField(max_length=300, blank=True, help_text="why there is no electronic form")
    issued_at = models.DateTimeField()

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["order"], condition=models.Q(kind="380"), name="one_invoice_per_order"
            ),
            models.UniqueConstraint(
                fields=["refund_key"], condition=~models.Q(refund_key=""), name="one_credit_note_per_refund"
            ),
        ]

    def __str__(self) -> str:
        return self.number
