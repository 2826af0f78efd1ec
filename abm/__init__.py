"""An account-based marketing engine; see README.md for the map of the house."""
