"""How a person reaches their server. Never: changes a host, knows pyinfra."""
