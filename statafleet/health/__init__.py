"""Is it well: what the gate asks of a host, and what its answers mean."""
