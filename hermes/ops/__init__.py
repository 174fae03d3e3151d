"""What the command line does for the operator: check, replay, redrive, recount."""
