"""Real Debian hosts for the tests: systemd as PID 1, a real sshd, booted by systemd-nspawn.

images (what a host is made from) and claim (who may use which names) know nothing of the others;
network, machine (power), host (what a test says to a host) and fleet stand on them.
"""
