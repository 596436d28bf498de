"""Nothing lost: backups of either engine, and databases out of them."""
