"""What a data group is and what can happen to its rows: standard library only."""
