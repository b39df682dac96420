"""Databases of releases, brought to today."""
