"""Tables out: each report is one query that returns frozen rows; pages, files and commands show the same rows."""
