"""pyinfra inventory.py deploy.py: every host becomes as its settings say."""

from pyinfra.context import host

from statafleet.run.converge import converge

converge(host)
