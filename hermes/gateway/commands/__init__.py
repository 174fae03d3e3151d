"""From an accepted command to a worker that runs it, and its interrupts."""
