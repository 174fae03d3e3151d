"""The words about checks and about how a change looks, one module a language."""
