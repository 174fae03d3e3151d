"""Mail: bytes to values and back. Pure: no I/O, no clock, no randomness; run it in a thread."""
