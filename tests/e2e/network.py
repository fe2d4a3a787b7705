"""A network between two processes that can be cut: TCP connections that are passed on, or left hanging."""

import socket
import threading


class Link:
    """Passes connections to its port on to 127.0.0.1:target. While it is cut nothing arrives at either side and
    nobody is told, as when packets are dropped; what was under way arrives when it is mended."""

    def __init__(self, target):
        self.target = target
        self.whole = threading.Event()
        self.whole.set()
        self.closed = False
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self.accept, daemon=True).start()

    def cut(self):
        self.whole.clear()

    def mend(self):
        self.whole.set()

    def close(self):
        self.closed = True
        self.listener.close()
        self.mend()

    def accept(self):
        while not self.closed:
            try:
                peer, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self.serve, args=(peer,), daemon=True).start()

    def serve(self, client):
        self.whole.wait()
        with client:
            try:
                with socket.create_connection(("127.0.0.1", self.target)) as server:
                    back = threading.Thread(target=self.pump, args=(server, client), daemon=True)
                    back.start()
                    self.pump(client, server)
                    back.join()
            except OSError:
                pass  # nobody listens there: the client sees its connection closed

    def pump(self, source, target):
        try:
            while data := source.recv(65536):
                self.whole.wait()
                target.sendall(data)
        except OSError:
            pass
        for end in (source, target):
            try:
                end.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
