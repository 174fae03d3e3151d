"""Reads the newest text and the request from the parts of a mail."""
