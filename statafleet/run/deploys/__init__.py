"""Deploy files for pyinfra besides the project's own `deploy.py`."""
