"""The sentences: what was found, and what to do about it. No other place turns a finding into text."""

from collections.abc import Mapping
from typing import NamedTuple

from statafleet.printable import printable
from statafleet.report.finding import Finding, Kind, Value


class Words(NamedTuple):
    """`fix` is empty where there is nothing to do. Both name the finding's values in braces."""

    what: str
    fix: str = ""


WORDS: Mapping[Kind, Words] = {
    Kind.UNUSABLE: Words("{reason}"),
    Kind.SILENT: Words("the host sent nothing", "see that its login shell runs commands, and its disk is not full"),
    Kind.ACCOUNT_UNSAID: Words("the host did not say whether it has this account"),
    Kind.PROGRAM_FAILED: Words("{text}"),
    Kind.HOST_KEY_UNKNOWN: Words(
        "{name}: its key is not in your known_hosts, so nothing was sent to it. Two ways to add the key:",
        "\n  1. `ssh-keyscan {address} >> ~/.ssh/known_hosts`, then compare `ssh-keyscan {address} | ssh-keygen -lf -`"
        "\n     with `ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub` on the host's own console"
        "\n  2. take it from the known_hosts of your IT, or run `ssh {name}` once and compare what it shows",
    ),
    Kind.HOST_KEY_CHANGED: Words(
        "{name}: its key is not the one in your known_hosts, so nothing was sent to it. What to check:",
        "\n  was the host reinstalled, or its name or address given to another machine? Ask who runs it; compare"
        "\n  `ssh-keyscan {address} | ssh-keygen -lf -`"
        "\n  with `ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub` on the host's own console"
        "\n  the same: `ssh-keygen -R '{known_as}'`, then add the new key; not the same: somebody is in between",
    ),
    Kind.NOT_ROOT: Words("`scope: system` needs root", "connect as root, set `sudo: true`, or set `scope: user`"),
    Kind.NO_SYSTEMD: Words("`scope: system` needs systemd, which does not run on this host", "set `scope: user`"),
    Kind.NOT_OUR_ACCOUNT: Words("`scope: user` serves the account we connect as, {login}, and not {others}"),
    Kind.PYTHON_TOO_NEW: Words(
        "Python {version} is newer than {newest}, the newest with a lock", "name another in `python:`"
    ),
    Kind.PROCESSOR: Words("the processor is {machine}; supported: {supported}"),
    Kind.DISK_FULL: Words("{place} has {megabytes} MB left; a first run needs {needed} MB"),
    Kind.PORT_TAKEN: Words(
        "port {port} is taken by {program} (pid {pid}, account {account})",
        "end that, or give the server another `port:`",
    ),
    Kind.PORT_TAKEN_BY_ACCOUNT: Words(
        "port {port} is taken by a program of account {account}", "end that, or give the server another `port:`"
    ),
    Kind.SOCKET_PATH_TOO_LONG: Words(
        "{length} characters for the path of a kernel's socket, {place}; at most {most}",
        "choose an account with a shorter name or home",
    ),
    Kind.NO_ACCOUNT: Words("there is no such account on this host", "make it, or take it out of `servers:`"),
    Kind.NO_HOME: Words("the home folder {place} does not exist", "make it, owned by {owner}"),
    Kind.NO_FOLDER: Words("the folder {place} is not on this host", "make it, or correct `jupyter.directory`"),
    Kind.ROOT_CHANGEABLE: Words(
        "{part} can be changed by {account}, and root would run what is in {place}", "let only root change it"
    ),
    Kind.FOLDER_CHANGEABLE: Words(
        "{part}, which leads to {place}, can be changed by {account}; systemd would open the way to any other folder",
        "let only root change it, or keep shared folders outside of /home, /root and /run/user",
    ),
    Kind.CERTIFICATE_CHANGEABLE: Words(
        "{part}, which leads to {place}, can be changed by {account}; systemd would read any other file for them",
        "keep certificate and key where only root can change the way to them",
    ),
    Kind.CERTIFICATE_UNUSABLE: Words(
        "the certificate {place} on this host cannot be used with its key: {reason}",
        "put a certificate there and its own key, which no passphrase locks, or correct the paths",
    ),
    Kind.ENVIRONMENT_BUILT: Words("build the {name} environment {place}"),
    Kind.ENVIRONMENT_REPAIRED: Words("repair the {name} environment {place}"),
    Kind.FIRST_RELEASE: Words("first release, with a server for {owners}"),
    Kind.CHANGED_BY_HAND: Words("put back what was changed by hand: {files}"),
    Kind.SETTING_CHANGED: Words("{place} {was} → {now}"),
    Kind.SECRET_CHANGED: Words("new password or token"),
    Kind.CERTIFICATE_CHANGED: Words("new certificate"),
    Kind.SERVER_ADDED: Words("new server on {place}"),
    Kind.SERVER_REMOVED: Words("server removed"),
    Kind.ENVIRONMENTS_CHANGED: Words("use the new environments"),
    Kind.FILES_CHANGED: Words("configuration files as this version of stata-fleet writes them"),
    Kind.SECRET_TOLD: Words("tell the running server, so that the old password or token opens nothing any more"),
    Kind.CERTIFICATE_TOLD: Words("give the running server its new certificate"),
    Kind.SIGN_IN_ENDED: Words("let nobody sign in any more"),
    Kind.SERVER_RESTARTED: Words("restart the server"),
    Kind.SERVER_STARTED: Words("start the server"),
    Kind.SERVER_AT_BOOT: Words("start the server at boot too"),
    Kind.SERVER_STOPPED: Words("stop the server, which the settings no longer name"),
    Kind.MANAGER_RELOADED: Words("reload the service manager"),
    Kind.RESTART_WAITS: Words(
        "runs on older settings: a restart would end {sessions}",
        "run again once they are closed, or set `restart: now`",
    ),
    Kind.RESTART_IS_THE_OWNERS: Words("runs on older settings, since `restart: never`; its owner restarts it"),
    Kind.ADDRESS_WAITS: Words(
        "its address is not held as the settings say, since `restart: never`", "run once with `restart: when-idle`"
    ),
    Kind.REMOVAL_WAITS: Words(
        "no longer in the settings; its server stays while it has {sessions}, and nobody signs in"
    ),
    Kind.OWNER_IS_ROOT: Words(
        "a Jupyter server of root can do anything on this host", "better a server for an ordinary account"
    ),
    Kind.PYTHON_HAS_HOLES: Words(
        "Python {version}: its last tornado has known holes (locks/minimum-versions.toml)", "better a newer Python"
    ),
    Kind.STATA_CHANGEABLE: Words(
        "{part} can be changed by {account}, and the kernels of all owners run {place}", "let only root change it"
    ),
    Kind.SUDO_LOGS_INPUT: Words(
        "sudo on this host may record what programs read (log_input), and with it passwords and keys",
        "write `Defaults:ACCOUNT !log_input, !log_stdin` for the account we connect as",
    ),
    Kind.NO_STATA_FOUND: Words("Jupyter only: no Stata in {place}", "name it with `stata: {{path: …}}`"),
    Kind.FOUND_STATA_FAILS: Words("Jupyter only: the Stata kernel does not answer: {saw}", "{fix}"),
    Kind.CERTIFICATE_ENDS: Words("the certificate ends on {end}, in {days} days", "renew it"),
    Kind.NAME_SHARED: Words(
        "{owners} have certificates for one name, {place}, so a browser sends each server the cookies of the others",
        "give each a DNS name and a certificate of its own",
    ),
    Kind.PASSWORD_SHARED: Words(
        "one password for {servers}: each of these people can sign in as the others",
        "give each owner a `password:` of their own",
    ),
    Kind.NOT_AS_SETTINGS_SAY: Words("not as the settings say", "run `pyinfra inventory.py deploy.py`:"),
    Kind.NOTHING_TO_DO: Words("nothing to do: release {release} with servers for {owners}"),
    Kind.SERVER_ANSWERS: Words("{place} answers; {kernel}"),
    Kind.OLD_SECRET_OPENS: Words(
        "the old password or token still opens the server, which cannot be told: {reason}",
        "end what runs on it, or set `restart: now`, and run again",
    ),
    Kind.OLD_CERTIFICATE_SHOWN: Words(
        "the server still shows its old certificate, since it cannot be told: {reason}",
        "end what runs on it, or set `restart: now`, and run again",
    ),
    Kind.REMOVED_OWNER_SIGNS_IN: Words(
        "whoever could sign in still can, since the server cannot be told: {reason}",
        "end what runs on it, and run again",
    ),
    Kind.SERVER_FAILED: Words("{reason}"),
    Kind.STATA_FAILS: Words("Jupyter only: the Stata kernel does not answer: {saw}", "{fix}"),
    Kind.STATA_MISSING: Words(
        "Jupyter only: there is no program at {place}", "install Stata there, or correct `stata.path`"
    ),
    Kind.CHECK_FAILED: Words("{check}: {saw}", "{fix}"),
    Kind.CERTIFICATE_ENDED: Words("the certificate ended on {end}", "renew it"),
    Kind.CERTIFICATE_UNREADABLE: Words("what the server shows as its certificate is none", "look at what `tls:` names"),
    Kind.PASSWORD_NOT_READ: Words("no password was read: whether that of {owners} is another one, the next run sees"),
    Kind.TOKEN_NOT_SHOWN: Words("signs in with a new token, which no log of CI shows; the host keeps it in {place}"),
    Kind.TOKEN: Words("sign in with the token {token} (shown once; {owner} finds it again in {place})"),
}


def lines(finding: Finding) -> list[str]:
    """What a person reads: mostly one line, and nothing that a terminal would obey."""
    words, shown = WORDS[finding.kind], _shown(finding)
    what, fix = words.what.format_map(shown), words.fix.format_map(shown)
    text = f"{shown['owner']}: {what}" if finding.owner else what
    return f"{text}{_joined(fix)}".split("\n")


def line(finding: Finding) -> str:
    return " ".join(lines(finding))


def _joined(fix: str) -> str:
    return f"; {fix}" if fix and not fix.startswith("\n") else fix


def _shown(finding: Finding) -> dict[str, str]:
    """The values by name, as text without a control character."""
    values = {"owner": finding.owner, "place": finding.place, **finding.values}
    if "kernels" in values:
        values["sessions"] = sessions(finding.values["kernels"], finding.values["others"])
    return {name: printable(_text(value)) for name, value in values.items()}


def _text(value: Value) -> str:
    if isinstance(value, tuple):
        return ", ".join(value)
    return "none" if value is None else str(value)


def sessions(kernels: Value, others: Value) -> str:
    counts = [(kernels, "kernel"), (others, "terminal or helper program")]
    return " and ".join(f"{count} {what}{'s' if count != 1 else ''}" for count, what in counts if count)
