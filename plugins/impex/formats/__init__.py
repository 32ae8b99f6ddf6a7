"""Bytes to batches and back: one module per format, nothing of the database in it."""
