"""The journal: admitted batches in order, on disk before anybody is told so."""
