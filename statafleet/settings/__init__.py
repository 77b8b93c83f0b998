"""What a user may write. Never: files, the network, the environment, pyinfra."""
