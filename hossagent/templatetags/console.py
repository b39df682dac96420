"""The console's template tags."""

from __future__ import annotations

from django import template

from hossagent.console import status_pill

register = template.Library()

# `{% pill run.outcome %}`: a status in a frame of its color.
register.simple_tag(status_pill, name="pill")
