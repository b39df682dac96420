"""Every setting the environment can give, typed: the only reader of `os.environ`.

`load()` returns one frozen `Config`. A value that cannot be used raises
`ImproperlyConfigured` with a sentence that names the variable and what it accepts.
Each secret may also come from a file: `NAME_FILE=/run/secrets/name`.

pydantic-settings is not used: its secrets come from one folder with fixed file names, which
NAME_FILE does not need, and its report is pydantic's own. Here an operator reads one
sentence for each fault, all faults at once, and never the value of a secret.
"""

from __future__ import annotations

from hossagent.config.environment import load, metrics_folder, share_metrics
from hossagent.config.fields import (
    LEAD_SEARCH_FIELD_NAMES,
    EmailMode,
    LeadFallback,
    LeadProvider,
    LogFormat,
)
from hossagent.config.model import Config, environment_name, variables
from hossagent.config.paths import BASE_DIR, VAR_DIR

__all__ = [
    "BASE_DIR",
    "LEAD_SEARCH_FIELD_NAMES",
    "VAR_DIR",
    "Config",
    "EmailMode",
    "LeadFallback",
    "LeadProvider",
    "LogFormat",
    "environment_name",
    "load",
    "metrics_folder",
    "share_metrics",
    "variables",
]
