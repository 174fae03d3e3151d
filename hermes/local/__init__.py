"""The embedded default: AWS in a child process, a mailbox, a demo project and its agent; all on this machine."""
