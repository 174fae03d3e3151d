"""The operator's commands: check, replay, redrive, recount."""
