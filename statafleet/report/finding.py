"""One thing that a run found, will change, waits for, refused, warns of or checked: data, never a sentence."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

# What JSON has, without numbers that are no whole ones.
Value = str | int | bool | None | tuple[str, ...]


class Level(StrEnum):
    """What a finding means for the run; `REFUSED` and `FAILED` make it end with 1."""

    REFUSED = "refused"
    CHANGE = "change"
    WAITS = "waits"
    WARNING = "warning"
    GOOD = "good"
    FAILED = "failed"
    TOLD = "told"


class Kind(StrEnum):
    """Every kind of finding; `report.words` has the words of each."""

    # A host, or one server of it, that is not worked on.
    UNUSABLE = "unusable"
    SILENT = "silent"
    ACCOUNT_UNSAID = "account-unsaid"
    PROGRAM_FAILED = "program-failed"
    HOST_KEY_UNKNOWN = "host-key-unknown"
    HOST_KEY_CHANGED = "host-key-changed"
    NOT_ROOT = "not-root"
    NO_SYSTEMD = "no-systemd"
    NOT_OUR_ACCOUNT = "not-our-account"
    PYTHON_TOO_NEW = "python-too-new"
    PROCESSOR = "processor"
    DISK_FULL = "disk-full"
    PORT_TAKEN = "port-taken"
    PORT_TAKEN_BY_ACCOUNT = "port-taken-by-account"
    SOCKET_PATH_TOO_LONG = "socket-path-too-long"
    NO_ACCOUNT = "no-account"
    NO_HOME = "no-home"
    NO_FOLDER = "no-folder"
    ROOT_CHANGEABLE = "root-changeable"
    FOLDER_CHANGEABLE = "folder-changeable"
    CERTIFICATE_CHANGEABLE = "certificate-changeable"
    CERTIFICATE_UNUSABLE = "certificate-unusable"

    ENVIRONMENT_BUILT = "environment-built"
    ENVIRONMENT_REPAIRED = "environment-repaired"
    FIRST_RELEASE = "first-release"
    CHANGED_BY_HAND = "changed-by-hand"
    SETTING_CHANGED = "setting-changed"
    SECRET_CHANGED = "secret-changed"  # noqa: S105 - a word
    CERTIFICATE_CHANGED = "certificate-changed"
    SERVER_ADDED = "server-added"
    SERVER_REMOVED = "server-removed"
    ENVIRONMENTS_CHANGED = "environments-changed"
    FILES_CHANGED = "files-changed"
    SECRET_TOLD = "secret-told"  # noqa: S105 - a word
    CERTIFICATE_TOLD = "certificate-told"
    SIGN_IN_ENDED = "sign-in-ended"
    SERVER_RESTARTED = "server-restarted"
    SERVER_STARTED = "server-started"
    SERVER_AT_BOOT = "server-at-boot"
    SERVER_STOPPED = "server-stopped"
    MANAGER_RELOADED = "manager-reloaded"

    RESTART_WAITS = "restart-waits"
    RESTART_IS_THE_OWNERS = "restart-is-the-owners"
    ADDRESS_WAITS = "address-waits"
    REMOVAL_WAITS = "removal-waits"

    OWNER_IS_ROOT = "owner-is-root"
    PYTHON_HAS_HOLES = "python-has-holes"
    STATA_CHANGEABLE = "stata-changeable"
    SUDO_LOGS_INPUT = "sudo-logs-input"
    NO_STATA_FOUND = "no-stata-found"
    FOUND_STATA_FAILS = "found-stata-fails"
    CERTIFICATE_ENDS = "certificate-ends"
    NAME_SHARED = "name-shared"
    PASSWORD_SHARED = "password-shared"  # noqa: S105 - a word
    NOT_AS_SETTINGS_SAY = "not-as-settings-say"

    NOTHING_TO_DO = "nothing-to-do"
    SERVER_ANSWERS = "server-answers"

    OLD_SECRET_OPENS = "old-secret-opens"  # noqa: S105 - a word
    OLD_CERTIFICATE_SHOWN = "old-certificate-shown"
    REMOVED_OWNER_SIGNS_IN = "removed-owner-signs-in"
    SERVER_FAILED = "server-failed"
    STATA_FAILS = "stata-fails"
    STATA_MISSING = "stata-missing"
    CHECK_FAILED = "check-failed"
    CERTIFICATE_ENDED = "certificate-ended"
    CERTIFICATE_UNREADABLE = "certificate-unreadable"

    PASSWORD_NOT_READ = "password-not-read"  # noqa: S105 - a word
    TOKEN = "token"  # noqa: S105 - a word
    TOKEN_NOT_SHOWN = "token-not-shown"  # noqa: S105 - a word

    @property
    def level(self) -> Level:
        return _LEVELS[self]


@dataclass(frozen=True)
class Finding:
    """`place` is what it is about: a path on the host, a setting's name, an address.

    `values` are what the words need besides; none is a secret but a new token, which somebody has to be told.
    """

    kind: Kind
    owner: str = ""
    place: str = ""
    values: Mapping[str, Value] = field(default_factory=dict)
    host: str = ""

    @property
    def level(self) -> Level:
        return self.kind.level


def well(findings: tuple[Finding, ...]) -> bool:
    return not any(finding.level in (Level.REFUSED, Level.FAILED) for finding in findings)


def _between(first: Kind, last: Kind) -> tuple[Kind, ...]:
    kinds = list(Kind)
    return tuple(kinds[kinds.index(first) : kinds.index(last) + 1])


# By the blocks of `Kind`.
_LEVELS = {
    **dict.fromkeys(_between(Kind.UNUSABLE, Kind.CERTIFICATE_UNUSABLE), Level.REFUSED),
    **dict.fromkeys(_between(Kind.ENVIRONMENT_BUILT, Kind.MANAGER_RELOADED), Level.CHANGE),
    **dict.fromkeys(_between(Kind.RESTART_WAITS, Kind.REMOVAL_WAITS), Level.WAITS),
    **dict.fromkeys(_between(Kind.OWNER_IS_ROOT, Kind.NOT_AS_SETTINGS_SAY), Level.WARNING),
    **dict.fromkeys(_between(Kind.NOTHING_TO_DO, Kind.SERVER_ANSWERS), Level.GOOD),
    **dict.fromkeys(_between(Kind.OLD_SECRET_OPENS, Kind.CERTIFICATE_UNREADABLE), Level.FAILED),
    **dict.fromkeys(_between(Kind.PASSWORD_NOT_READ, Kind.TOKEN_NOT_SHOWN), Level.TOLD),
}
