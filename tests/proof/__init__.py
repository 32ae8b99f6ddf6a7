"""Proof that feeds have their effect once: chaos beside one quiet, ordered run."""
