"""What a run found, as data, and the one place that turns it into words or JSON."""
