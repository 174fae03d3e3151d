"""Composition: the only place that builds objects."""
