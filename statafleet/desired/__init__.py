"""What must be true on a host. Pure: the same settings and answers give the same bytes; no clock, no chance."""
