"""Segments: conditions asked of the database, and kept under a name."""
