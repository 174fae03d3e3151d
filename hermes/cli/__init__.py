"""The command line: thin modules; every command has an example and exit codes, and prints an error as one sentence."""
