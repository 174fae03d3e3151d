"""Commands about the mailbox that Hermes reads."""
