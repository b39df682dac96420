"""dj-stripe's migrations, and one that takes an empty database to the same end at once.

dj-stripe's own chain takes most of a minute, because it makes and takes away hundreds of
columns. A database that has any of the chain goes on with the chain; `replaces` writes the
same names into a new one, so nobody can tell later which way it came. That both ways end
in the same tables is proven by tests/meta/test_djstripe_migrations.py.
"""

from __future__ import annotations

from djstripe import migrations

# The chain is beside our own file: Django finds both under this package's name.
__path__ = [*__path__, *migrations.__path__]
