"""manage.py ledger_proof: the old name of verify_ledger, kept for one release."""

from __future__ import annotations

from agents.management.commands import verify_ledger


class Command(verify_ledger.Command):
    help = "Old name of verify_ledger, kept for one release. " + verify_ledger.Command.help
