"""The project's tests: one directory per tier, and what the tiers share."""
