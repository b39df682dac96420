"""manage.py compliance_receipt: the old name of compliance_report, kept for one release."""

from __future__ import annotations

from agents.management.commands import compliance_report


class Command(compliance_report.Command):
    help = "Old name of compliance_report, kept for one release. " + compliance_report.Command.help
