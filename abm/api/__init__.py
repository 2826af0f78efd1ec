"""What other systems may ask of this installation, by JSON under a token."""
