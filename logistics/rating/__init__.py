"""Rating: chargeable weight, price shapes, surcharges and limits, as plain exact arithmetic on data."""
