"""One request: the HTTP status that comes back, or the name of the error.

ask.py PATH_OF_SOCKET|HOST:PORT URL [HEADER=VALUE …]
"""

# ruff: noqa: T201 - it runs alone on a host, and prints its report
import errno
import http.client
import socket
import sys

place, url, *headers = sys.argv[1:]
family = socket.AF_UNIX if place.startswith("/") else socket.AF_INET
host, _, port = place.rpartition(":")
with socket.socket(family) as line:
    line.settimeout(60)
    connection = http.client.HTTPConnection("127.0.0.1" if family == socket.AF_UNIX else place)
    connection.sock = line
    try:
        line.connect(place if family == socket.AF_UNIX else (host, int(port)))
        connection.request("GET", url, headers=dict(header.split("=", 1) for header in headers))
        print(connection.getresponse().status)
    except OSError as error:
        print(errno.errorcode.get(error.errno or 0, type(error).__name__))
