"""Received mail: stored raw first, then read, matched and acted on, one row at a time.

A mail is PENDING (with the time of the next try and the last error), PROCESSED, or
UNMATCHED and waiting for a person: never silently neither.
"""
