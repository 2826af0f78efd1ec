"""Lists and reports that end in an action: each is one statement whose frozen rows feed page, CSV and Excel."""
