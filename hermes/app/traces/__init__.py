"""Traces of mails to a collector."""
