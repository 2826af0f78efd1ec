"""Everything that goes out: sequences, enrollments, messages and the mails they send."""
