"""What differs between a host and what it must be. Pure: knows the desired and the observed, and no pyinfra."""
