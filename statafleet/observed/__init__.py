"""What is true on a host: one read, then plain data."""
