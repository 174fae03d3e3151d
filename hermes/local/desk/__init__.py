"""The development page's own rooms: a mailbox to write as anybody and to read the replies, and the repository's branches."""
