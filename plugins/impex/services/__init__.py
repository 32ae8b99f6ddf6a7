"""The use cases. Each takes what it needs as arguments; none knows who calls."""
