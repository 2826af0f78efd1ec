"""Everything that comes in: hits, their verdicts and the engagement events they become."""
