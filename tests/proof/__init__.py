"""Proofs that events, messages and decisions have their effect once, whatever happens on the way."""
