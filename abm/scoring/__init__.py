"""Scores: every number is a fold over the event ledger."""
