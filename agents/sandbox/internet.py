"""The pretend internet: personas that answer dry-run mail to fictional leads.

Pure: which persona answers, when, and the bytes of its mail, all repeatable from a seed.
`agents.sandbox.services.replies` keeps the rows and hands the bytes to the inbound path.
"""

from __future__ import annotations

from agents.sandbox.letters import Letter, write_mail
from agents.sandbox.personas import Persona, choose_persona, reaction_delay

__all__ = ["Letter", "Persona", "choose_persona", "reaction_delay", "write_mail"]
