"""Old rows get the values of new columns, a batch at a time, while everything else works.

A migration adds a nullable column and starts a backfill with `StartBackfill`; the loop
`agents.backfill` fills it; one release later a migration asks for it with `RequireBackfill`
and makes the column mandatory. `docs/developing/recipes/change_a_large_table.md` has the steps.
"""
