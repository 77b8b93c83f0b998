"""Entry files for pyinfra besides those of a project: its inventory where there is none, verify and remove."""
