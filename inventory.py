"""The hosts, for pyinfra, as inventory/, group_data/ and `--data` describe them."""

from statafleet.run.entry import groups_beside as _groups_beside

globals().update(_groups_beside(__file__))
