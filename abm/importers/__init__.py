"""Spreadsheets in: sheet → rows → plan → shown → applied, and taken back."""
