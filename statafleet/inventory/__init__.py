"""Which hosts. Never: knows Stata or Jupyter."""
