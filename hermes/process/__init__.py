"""Supervised child processes: pipes, output, the stop schedule, users, descendants."""
