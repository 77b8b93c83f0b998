"""What runs on a host: standard library only, Python 3.10 and newer, sent over standard input, never installed.

`programs` have `main(question) -> answer`, with the types of `wire`, which both ends import; `assemble` runs them.
`managers` know who runs the servers, `parts` are what programs share. Besides its neighbours a module may import what
of `statafleet_host` needs the standard library alone.
"""
