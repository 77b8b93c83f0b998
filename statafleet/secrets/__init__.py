"""Passwords, hashes, tokens and keys: as types that do not show themselves, where they come from, how they travel."""
