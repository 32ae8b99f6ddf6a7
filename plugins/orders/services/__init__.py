"""The use cases of orders: take events in, apply them, place, fire, sweep, show, make."""
