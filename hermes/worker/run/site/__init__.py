"""How a command looks at the site that it changes."""
