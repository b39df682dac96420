"""The writer that asks a language model, and believes only what it can check."""

from __future__ import annotations

from agents.writing.llm.opinion import Opinion, ask_opinion
from agents.writing.llm.writer import LlmWriter

__all__ = ["LlmWriter", "Opinion", "ask_opinion"]
