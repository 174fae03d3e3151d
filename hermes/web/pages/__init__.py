"""The pages for people: each module is one page or a few that belong together."""
