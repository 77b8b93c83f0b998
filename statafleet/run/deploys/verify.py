"""A deploy like the project's own that changes nothing: every host is read and asked whether it is well."""

from pyinfra.context import host

from statafleet.run.converge import verify

verify(host)
