"""The sample company: about a month of an invented firm, played through the real doors."""
