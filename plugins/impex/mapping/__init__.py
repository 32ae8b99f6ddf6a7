"""From a batch of text columns to a batch of typed columns and issues, compiled once."""
