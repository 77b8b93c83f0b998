"""stata_kernel, which runs Stata's console: its kernelspec, and its own configuration file."""

import json
from collections.abc import Mapping
from configparser import ConfigParser
from io import StringIO
from typing import ClassVar

from statafleet_sent.wire import Completion
from typing_extensions import override

from statafleet.desired.answers import Answers
from statafleet.desired.kernels import start
from statafleet.desired.kernels.kernel import Cell, Kernel
from statafleet.settings.model.stata import Stata

# stata_kernel 1.14.2 asks a package index for its newest version at every start and waits for ever where the network
# swallows packets. Nothing listens on port 9, so the question ends at once.
NO_QUESTION = "http://127.0.0.1:9"

SETTINGS = "stata_kernel.conf"


class StataKernel(Kernel):
    name = "stata_kernel"
    jupyter_name = "stata"
    completion: ClassVar[Completion] = "stata_kernel"
    cell = Cell("display 1+1", "2")

    @override
    def files(self, owner: str, stata: Stata, answers: Answers, environment: str) -> Mapping[str, str]:
        started = start.argv(environment, answers.layout.kernel_start(), "stata_kernel.kernel.StataKernel")
        return {
            f"kernels/{self.jupyter_name}/kernel.json": spec(started, f"{answers.layout.public(owner)}/{SETTINGS}"),
            SETTINGS: settings(stata, answers.stata, answers.layout.cache(owner)),
        }


def spec(argv: list[str], settings: str) -> str:
    content = {
        "argv": argv,
        "display_name": "Stata",
        "language": "stata",
        "env": {
            "STATA_KERNEL_GLOBAL_CONFIG_PATH": settings,
            "HTTPS_PROXY": NO_QUESTION,
            "TERM": "xterm-256color",
            "LANG": "C.UTF-8",
        },
    }
    return json.dumps(content, indent=1) + "\n"


def settings(stata: Stata, console: str, cache: str) -> str:
    """stata_kernel.conf; the user's own ~/.stata_kernel.conf is never touched."""
    given = {
        "stata_path": console,
        "cache_directory": f"{cache}/stata_kernel",
        **stata.settings.model_dump(exclude_none=True),
    }
    file = ConfigParser(interpolation=None)
    # stata_kernel reads the file with interpolation, in which a percent sign is written twice.
    file["stata_kernel"] = {name: str(value).replace("%", "%%") for name, value in given.items()}
    made = StringIO()
    file.write(made)
    return made.getvalue()
