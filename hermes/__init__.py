"""Hermes: people email a coding agent and get their work done in the thread."""

__version__ = "0.1.0"
