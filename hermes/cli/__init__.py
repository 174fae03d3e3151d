"""The command line: thin; every command has an example, exit codes that mean something, and says errors in one sentence."""
