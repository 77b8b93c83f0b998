"""`stata-fleet connect`: one ssh for each server, kept up until Ctrl-C."""
