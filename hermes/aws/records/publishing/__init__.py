"""The records of what goes live."""
