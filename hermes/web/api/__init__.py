"""`/api/v1`: what the page shows and does, as JSON, for programs with a token."""
