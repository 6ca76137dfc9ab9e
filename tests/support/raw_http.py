"""HTTP by hand, for requests that no library would send.

    with RawConnection(server) as connection:
        connection.send(b"GET /-/live HTTP/1.1\\r\\nHost: localhost\\r\\n\\r\\n")
        assert connection.answer().status == 200
        assert connection.is_open()
"""
import socket

from support.server import Answer

PROBE = b"GET /-/live HTTP/1.1\r\nHost: localhost\r\n\r\n"


class RawConnection:
    def __init__(self, server, timeout=10):
        self.socket = socket.create_connection((server.host, server.port), timeout=timeout)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._received = b""

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        self.socket.close()

    def send(self, data):
        """Sends it all; a server that has closed already is no error."""
        try:
            self.socket.sendall(data)
        except (BrokenPipeError, ConnectionResetError):
            pass

    def send_slowly(self, data):
        """Byte by byte."""
        for i in range(len(data)):
            self.send(data[i:i + 1])

    def _more(self):
        try:
            piece = self.socket.recv(65536)
        except ConnectionResetError:
            piece = b""
        self._received += piece
        return bool(piece)

    def answer(self, to_head=False):
        """The next answer; None when the server has closed instead. `to_head`: to a request without answer body."""
        while b"\r\n\r\n" not in self._received:
            if not self._more():
                assert not self._received, f"closed in the middle of an answer: {self._received[:200]}"
                return None
        head, _, rest = self._received.partition(b"\r\n\r\n")
        status_line, *lines = head.decode("latin-1").split("\r\n")
        version, status, _ = status_line.split(" ", 2)
        assert version == "HTTP/1.1", status_line
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
        length = 0 if to_head or status in ("100", "204", "304") else int(headers["content-length"])
        while len(rest) < length:
            assert self._more(), "closed in the middle of a body"
            rest = self._received.partition(b"\r\n\r\n")[2]
        self._received = rest[length:]
        return Answer(int(status), headers, rest[:length])

    def answers(self):
        """All answers up to the close."""
        found = []
        while (answer := self.answer()) is not None:
            found.append(answer)
        return found

    def is_open(self):
        """Whether it answers one more request."""
        self.send(PROBE)
        answer = self.answer()
        return answer is not None and answer.status == 200


def exchange(server, data, timeout=10):
    """(statuses of all answers to these bytes, whether the server closed). What is smuggled in would be answered too."""
    with RawConnection(server, timeout) as connection:
        connection.send(data + PROBE)
        statuses, closed = [], False
        for _ in range(200):
            answer = connection.answer()
            if answer is None:
                closed = True
                break
            statuses.append(answer.status)
            if answer.json == {"status": "ok"}:
                statuses.pop()
                break
        return statuses, closed
