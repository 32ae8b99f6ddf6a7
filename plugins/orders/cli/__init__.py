"""The command line of the orders."""
