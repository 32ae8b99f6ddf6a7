"""Proofs that events and messages have their effect once, whatever happens on the way."""
