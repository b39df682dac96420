"""The version, the changelog and the upgrade notes tell of the same releases."""

from __future__ import annotations

import re

from hossagent import __version__
from hossagent.config import BASE_DIR
from tests.upgrade.dumps import kept, number_of

CHANGELOG = (BASE_DIR / "CHANGELOG.md").read_text("utf-8")
NOTES = (BASE_DIR / "docs" / "operate" / "upgrading.md").read_text("utf-8")
# The headings of versions, newest first. "Unreleased" is what will be released next.
HEADINGS = re.findall(r"^## (Unreleased|\d+\.\d+\.\d+)", CHANGELOG, re.MULTILINE)


def test_the_version_is_the_newest_of_the_changelog() -> None:
    newest = next(heading for heading in HEADINGS if heading != "Unreleased")

    if HEADINGS[0] == "Unreleased":
        assert __version__.endswith(".dev0")
        assert number_of(__version__.removesuffix(".dev0")) > number_of(newest)
    else:
        assert __version__ == newest


def test_versions_of_the_changelog_rise() -> None:
    released = [number_of(heading) for heading in HEADINGS if heading != "Unreleased"]

    assert released == sorted(set(released), reverse=True)
    assert HEADINGS.count("Unreleased") <= 1


def test_every_version_has_its_upgrade_notes() -> None:
    told = re.findall(r"^### (?:From \S+ )?to (\d+\.\d+\.\d+)", NOTES, re.MULTILINE | re.IGNORECASE)
    first = HEADINGS[-1]
    current = __version__.removesuffix(".dev0")
    released = [heading for heading in HEADINGS if heading not in {"Unreleased", first}]

    assert told == list(dict.fromkeys([current, *released]))


def test_databases_are_kept_of_versions_that_exist() -> None:
    versions = [dump.version for dump in kept()]

    assert versions
    assert [version for version in versions if version not in HEADINGS] == []
