"""The commands of one machine: setup, up, backup, restore."""
