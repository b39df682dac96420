#!/usr/bin/env python
"""Django's command line for HossAgent."""

from __future__ import annotations

import os
import sys


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "hossagent.settings")
    # Postgres shows it to whoever asks who holds a lock.
    os.environ["PGAPPNAME"] = " ".join(["hossagent", *sys.argv[1:2]])
    from django.core.management import execute_from_command_line

    from hossagent.lib.log_fields import set_role

    set_role(sys.argv[1] if len(sys.argv) > 1 else "manage.py")
    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
