"""The contact guard: may we contact this person now, and if not, why not and until when."""
