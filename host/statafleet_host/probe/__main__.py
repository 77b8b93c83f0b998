"""`python -m statafleet_host.probe`."""

from statafleet_host.probe.checks import main

main()
