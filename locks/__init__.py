"""The locks: which packages, exactly, an environment holds. `update.py` makes and checks them."""
