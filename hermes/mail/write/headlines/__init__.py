"""The fixed words of each kind of reply, one module a language."""
