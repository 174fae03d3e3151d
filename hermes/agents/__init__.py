"""The agents that edit: Claude Code, aider, Codex, any command line, or the built-in patch agent."""
