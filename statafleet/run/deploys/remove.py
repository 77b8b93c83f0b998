"""A deploy that takes everything of ours away again: pyinfra inventory.py remove.py."""

from pyinfra.context import host

from statafleet.run.converge import remove

remove(host)
