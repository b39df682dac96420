"""What writes: the batches, pause and continue, and the operations of migrations."""
