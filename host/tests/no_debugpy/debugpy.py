"""Kernels of ours have no debugger; the environment of these tests may have one."""

raise ImportError
