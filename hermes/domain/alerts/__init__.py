"""What the operator is told without looking: the book of alerts, and what changes it. Pure."""
