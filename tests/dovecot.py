"""A real IMAP server on loopback: Debian's dovecot, under its own configuration, user and folder; ended with its group.

with Dovecot.start(tmp_path) as box:
    box.deliver(raw)
"""

import getpass
import grp
import os
import pwd
import shutil
import signal
import socket
import ssl
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from imaplib import IMAP4
from pathlib import Path

import pytest
import trustme

from tests.faults.processes import free_ports

BINARY = "/usr/sbin/dovecot"
NAME, PASSWORD = "klachten", "een-wachtwoord"
needs_dovecot = pytest.mark.skipif(not Path(BINARY).exists(), reason="dovecot is not installed")

_CONFIGURATION = """
protocols = imap
listen = 127.0.0.1
base_dir = {root}/run
state_dir = {root}/state
log_path = {root}/log
default_internal_user = {user}
default_login_user = {user}
default_internal_group = {group}
ssl = yes
ssl_cert = <{root}/server.pem
ssl_key = <{root}/server.pem
disable_plaintext_auth = no
auth_mechanisms = plain login
mail_location = maildir:{root}/mail
first_valid_uid = 1
mail_max_userip_connections = 100
passdb {{
  driver = static
  args = password={password}
}}
userdb {{
  driver = static
  args = uid={user} gid={group} home={root}/home
}}
service imap-login {{
  chroot =
  inet_listener imap {{
    port = {port}
  }}
  inet_listener imaps {{
    port = {tls_port}
    ssl = yes
  }}
}}
service anvil {{
  chroot =
}}
service stats {{
  chroot =
}}
namespace inbox {{
  inbox = yes
}}
"""


@dataclass
class Dovecot:
    """A mailbox with a server before it. Its certificate is for localhost."""

    root: Path
    port: int
    tls_port: int
    certificates: trustme.CA = field(default_factory=trustme.CA)

    @property
    def trust(self) -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        self.certificates.configure_trust(context)
        return context

    @classmethod
    @contextmanager
    def start(cls) -> Iterator["Dovecot"]:
        root = Path(tempfile.mkdtemp(prefix="gehoor-dovecot-", dir="/tmp"))
        port, tls_port = free_ports(2)
        box = cls(root, port, tls_port)
        process = box._run()
        try:
            box._until_ready(process)
            yield box
        finally:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)  # its group is ours alone; asked politely it takes a second
            process.wait(20)
            shutil.rmtree(root, ignore_errors=True)

    def _run(self) -> "subprocess.Popen[bytes]":
        user = "mail" if os.getuid() == 0 else getpass.getuser()
        account = pwd.getpwnam(user)
        group = {entry.gr_gid: entry.gr_name for entry in grp.getgrall()}[account.pw_gid]
        self.root.chmod(0o755)
        for name in ("mail", "home", "state"):
            (self.root / name).mkdir(mode=0o700)
            if os.getuid() == 0:
                os.chown(self.root / name, account.pw_uid, account.pw_gid)
        self.certificates.issue_cert("localhost").private_key_and_cert_chain_pem.write_to_path(self.root / "server.pem")
        settings = self.root / "dovecot.conf"
        settings.write_text(
            _CONFIGURATION.format(
                root=self.root, user=user, group=group, password=PASSWORD, port=self.port, tls_port=self.tls_port
            )
        )
        return subprocess.Popen([BINARY, "-F", "-c", str(settings)], stdout=subprocess.DEVNULL, start_new_session=True)

    def _until_ready(self, process: "subprocess.Popen[bytes]") -> None:
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline and process.poll() is None:
            try:
                with socket.create_connection(("127.0.0.1", self.port), 1) as line:
                    if line.recv(10):
                        return
            except OSError:
                time.sleep(0.05)
        log = self.root / "log"
        raise AssertionError(f"dovecot did not start: {log.read_text() if log.exists() else process.poll()}")

    @contextmanager
    def _logged_in(self) -> Iterator[IMAP4]:
        with IMAP4("127.0.0.1", self.port) as client:
            client.login(NAME, PASSWORD)
            yield client

    def deliver(self, *mails: bytes, folder: str = "INBOX", flags: str = "") -> None:
        """Puts mails into the box, as a mail server does."""
        with self._logged_in() as client:
            for raw in mails:
                status, answer = client.append(folder, flags, "", raw)
                assert status == "OK", answer

    def found(self, criteria: str = "ALL") -> int:
        """How many mails of the inbox are like that."""
        with self._logged_in() as client:
            client.select("INBOX", readonly=True)
            _, [numbers] = client.search(None, criteria)
        return len(numbers.split())
