"""Records that only operators write, and what the indexes of their lists need."""
