"""What people write to say one thing alone, one module a language: stop, thanks, how far are you, take it back.

A further language is a module with a `SPEECH` and a row in `languages`.
"""
