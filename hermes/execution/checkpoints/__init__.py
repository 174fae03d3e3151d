"""Checkpoints of an execution: snapshots and where they are kept."""
