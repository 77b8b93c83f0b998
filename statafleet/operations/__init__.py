"""How a difference is closed: change -> commands. Decides nothing, reads no fact, sees no settings."""
