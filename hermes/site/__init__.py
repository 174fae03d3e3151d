"""A website as a folder of files: what it must not hold, its links and markup, and how its pages look."""
