"""Who may see the page: sign-in, what a browser keeps of it, and the guard in front of every request."""
