"""Hand-off to sales: few, well-founded tasks, each with an owner, a deadline and an answer."""
