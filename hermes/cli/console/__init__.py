"""The commands by which an operator sees and does: what runs, threads, logs, workers, costs, pauses, people."""
