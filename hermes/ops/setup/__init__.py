"""`hermes setup`: finds out what a configuration needs, tries each part of it, and writes it."""
