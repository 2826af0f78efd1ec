"""Customer records: accounts, departments, contacts, their history and name matching."""
