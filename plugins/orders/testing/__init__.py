"""What an installation tests its own classes with."""
