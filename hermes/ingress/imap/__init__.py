"""Mail that is read from a mailbox by IMAP."""
