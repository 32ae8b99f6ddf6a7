"""The door through which others push messages: a small web service of its own."""
