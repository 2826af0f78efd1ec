"""Mail out over SMTP, and the local mailbox that catches it where no real server is configured."""
