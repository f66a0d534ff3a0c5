"""One window a data folder: a second start hands its wish to the first and leaves."""

from __future__ import annotations

import getpass
import hashlib
from pathlib import Path

from PySide6.QtCore import QObject, Signal
from PySide6.QtNetwork import QLocalServer, QLocalSocket

WAIT_MS = 400
LONGEST = 200
"""A message is a dossier code; anything longer is not ours."""


def name_of(data: Path) -> str:
    """The server's name: this user's, for this data folder."""
    seed = f"{getpass.getuser()} {data.resolve()}"
    return f"one-stop-desk-{hashlib.sha256(seed.encode()).hexdigest()[:20]}"


class Instance(QObject):
    """Listens for second starts."""

    called = Signal(str)
    """A second start asks to come to the front, with a dossier code or nothing."""

    def __init__(self, data: Path, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._name = name_of(data)
        self._server = QLocalServer(self)
        self._server.setSocketOptions(QLocalServer.SocketOption.UserAccessOption)
        self._server.newConnection.connect(self._on_connection)

    def is_first(self, wish: str = "") -> bool:
        """Take the place of the first window; False where there is one, which got the wish."""
        if self._hand_over(wish):
            return False
        QLocalServer.removeServer(self._name)  # a socket that a crash left behind
        self._server.listen(self._name)
        return True

    def close(self) -> None:
        """Let others be first."""
        self._server.close()

    def _hand_over(self, wish: str) -> bool:
        socket = QLocalSocket()
        socket.connectToServer(self._name)
        if not socket.waitForConnected(WAIT_MS):
            return False
        socket.write(f"{wish}\n".encode())
        socket.waitForBytesWritten(WAIT_MS)
        socket.disconnectFromServer()
        return True

    def _on_connection(self) -> None:
        socket = self._server.nextPendingConnection()
        if socket is None:
            return
        # A second start writes one line and leaves; waiting for it keeps no socket alive.
        if socket.canReadLine() or socket.waitForReadyRead(WAIT_MS):
            text = bytes(socket.readLine(LONGEST).data()).decode("utf-8", "replace")
            self.called.emit(text.strip())
        socket.close()
        socket.deleteLater()
