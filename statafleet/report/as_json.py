"""Findings for programs: one JSON object each."""

import json
from collections.abc import Iterable

from statafleet.report.finding import Finding
from statafleet.report.words import line


def as_json(findings: Iterable[Finding]) -> str:
    """A line a finding; `text` is what a person would read."""
    return "".join(json.dumps(_plain(finding), ensure_ascii=False) + "\n" for finding in findings)


def _plain(finding: Finding) -> dict[str, object]:
    return {
        "host": finding.host,
        "owner": finding.owner,
        "kind": finding.kind,
        "level": finding.level,
        "place": finding.place,
        "values": dict(finding.values),
        "text": line(finding),
    }
