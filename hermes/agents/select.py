"""Selects a project's agent by its settings."""

from __future__ import annotations

import uuid

from hermes.agents.aider import AiderAgent
from hermes.agents.claude_code.agent import ClaudeAgent
from hermes.agents.codex_cli.agent import CodexAgent
from hermes.agents.command import CommandAgent
from hermes.agents.patch import PatchAgent
from hermes.agents.port import Agent
from hermes.config.agent_settings import AgentKind, AgentSettings


def build(settings: AgentSettings) -> Agent:
    """The agent that the settings name."""
    match settings.kind:
        case AgentKind.COMMAND:
            return CommandAgent(settings=settings)
        case AgentKind.PATCH:
            return PatchAgent()
        case AgentKind.CLAUDE:
            return ClaudeAgent(settings=settings, new_session_id=lambda: str(uuid.uuid4()))
        case AgentKind.AIDER:
            return AiderAgent(settings=settings)
        case AgentKind.CODEX:
            return CodexAgent(settings=settings)
