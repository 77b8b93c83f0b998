"""Where we meet pyinfra: the entry files, the one fact, our operations, the road of a host. No other room knows it."""
