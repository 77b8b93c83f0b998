"""The Python kernel of the server's own environment: a kernelspec that comes before any other of its name.

jupyter_client 8 looks in JUPYTER_PATH first, before what the account and the host have.
"""

import json

from statafleet.desired.kernels import start

NAME = "python3"


def spec(environment: str, program: str) -> str:
    content = {
        "argv": start.argv(environment, program, "ipykernel.ipkernel.IPythonKernel"),
        "display_name": "Python 3 (ipykernel)",
        "language": "python",
        # JupyterLab 4.6 shows its debugger by this alone.
        "metadata": {"debugger": False},
        "kernel_protocol_version": "5.5",
    }
    return json.dumps(content, indent=1) + "\n"
