"""The kernels by the name that the settings have for them: a new one is a module beside this, and a line here."""

from collections.abc import Mapping

from statafleet.desired.kernels.kernel import Kernel
from statafleet.desired.kernels.stata_kernel import StataKernel

KERNELS: Mapping[str, Kernel] = {"stata_kernel": StataKernel()}
