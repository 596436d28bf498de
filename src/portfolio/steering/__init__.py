"""Who moves money, by whose consent, and what full steering would be worth."""
