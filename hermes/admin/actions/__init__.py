"""What an operator can do. Each action is a row of the audit table before it is done, with name, reason and what came of it."""
