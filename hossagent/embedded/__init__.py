"""The whole service on one machine, without a broker.

`manage.py up` supervises the programs, and `manage.py autopilot` runs the loops in one of
them. This file imports nothing: each supervised program passes through it.
"""
