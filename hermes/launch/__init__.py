"""The Launcher port and its two implementations: tasks of ECS, and processes of this machine."""
