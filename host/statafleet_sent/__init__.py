"""What runs on a host: standard library only, Python 3.10 and newer, sent over standard input, never installed.

Each module here has `main(payload)`. It may import its neighbours and nothing else of ours; the controller's
modules never import it for its functions, they send its source (`statafleet.operations.remote`).
"""
