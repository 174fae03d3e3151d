"""What the account allows: looked at by `hermes check` alone."""
