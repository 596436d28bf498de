"""What the accounts say: ledger files read, accounts given a meaning, postings kept."""
