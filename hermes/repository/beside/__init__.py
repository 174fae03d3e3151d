"""Work that is not on a session's own branch: where it goes, and where an agent left it."""
