"""From a row of the outbox to a mail that left."""
