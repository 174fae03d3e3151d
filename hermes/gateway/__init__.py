"""The service: mails become commands, commands reach workers, results become replies. Decisions are made in `domain` and `mail`."""
