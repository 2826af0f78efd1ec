"""Doors to the outer world, one folder per kind of provider."""
