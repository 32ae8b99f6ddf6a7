"""Benchmarks: every figure beside a reference that ran in the same call on the same machine."""
