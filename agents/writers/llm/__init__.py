"""The writer that asks a language model, and believes only what it can check."""

from __future__ import annotations

from agents.writers.llm.opinion import Opinion, ask_opinion
from agents.writers.llm.writer import LlmWriter

__all__ = ["LlmWriter", "Opinion", "ask_opinion"]
