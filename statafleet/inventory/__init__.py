"""Which hosts there are and what each must be: from a project's files to its fleet, or to every problem in them."""
