"""The service itself: its tasks, its sweeper, its health, its dead letters."""
