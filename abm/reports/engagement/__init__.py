"""How accounts engage over time: score curves, heat maps, topics, and the weekly review."""
