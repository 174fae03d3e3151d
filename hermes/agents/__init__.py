"""The agents that edit: Claude Code, aider, any command line, or the built-in patch agent."""
