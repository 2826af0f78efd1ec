"""Where webinars are held: what their providers report."""
