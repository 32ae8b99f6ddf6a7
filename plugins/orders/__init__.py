"""The order channels: feeds that move the order state machine, exporters that it raises."""
