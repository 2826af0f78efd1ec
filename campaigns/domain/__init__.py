"""How the domains that send our mails stand in the DNS, and what to put there."""
