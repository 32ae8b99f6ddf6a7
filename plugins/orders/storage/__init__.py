"""Orders and the inbox in PostgreSQL; statements work on sets, in the order of keys."""
