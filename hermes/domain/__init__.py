"""Pure values and decisions: what Hermes knows and what follows from it. No I/O, no clock, no randomness."""
