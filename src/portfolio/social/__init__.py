"""Social investments by payer: what they cost, what they are worth and to whom."""
