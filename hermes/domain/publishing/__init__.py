"""Whose yes brings what to the live branch."""
