"""A proxy before a PostgreSQL server, which makes a network fail in a way that a test chooses."""

import contextlib
import queue
import socket
import threading
import time


class Proxy:
    """Forwards connections to the server. It can

    - cut those that send a text, when the text has left for the server, before the answer
      (`loses="answer"`), or before the text has left (`loses="text"`), at most `cuts_max` times;
    - stop forwarding (`flows`);
    - deliver everything late, by `seconds` each way, as a distant server would;
    - lie: `rewrite` gets what a client sends, and returns it with as many bytes."""

    def __init__(
            self, port, text=b"COMMIT\0", loses=None, every=1, cuts_max=float("inf"), seconds=0,
            rewrite=None):
        self.target, self.text, self.loses, self.every = port, text, loses, every
        self.cuts_max, self.seconds, self.rewrite = cuts_max, seconds, rewrite
        self.seen = self.cuts = 0
        self.flows = threading.Event()
        self.flows.set()
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            try:
                server = socket.create_connection(("127.0.0.1", self.target))
            except OSError:
                client.close()
                continue
            for end in (client, server):
                end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            silenced = threading.Event()
            for way in ((client, server, True), (server, client, False)):
                threading.Thread(
                    target=self.forward, args=(*way, silenced), daemon=True).start()

    def forward(self, source, sink, is_client, silenced):
        send = Late(sink, self.seconds).put if self.seconds else sink.sendall
        try:
            while block := source.recv(1 << 16):
                self.flows.wait()
                if not is_client and silenced.is_set():
                    # The answer is there: the server has done its work.
                    self.cuts += 1
                    break
                is_cutting = is_client and self.loses and self.cuts < self.cuts_max
                if is_cutting and self.text in block:
                    self.seen += 1
                    if self.seen % self.every == 0:
                        if self.loses == "text":
                            self.cuts += 1
                            break
                        silenced.set()
                send(self.rewrite(block) if is_client and self.rewrite else block)
        except OSError:
            pass
        if self.seconds:
            send(None)
        for end in (source, sink):
            try:
                end.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
            end.close()

    def close(self):
        self.listener.close()


class Late:
    """Sends blocks to a socket when they have been under way for some seconds."""

    def __init__(self, sink, seconds):
        self.sink, self.seconds = sink, seconds
        self.blocks = queue.SimpleQueue()
        threading.Thread(target=self.run, daemon=True).start()

    def put(self, block):
        self.blocks.put((time.monotonic() + self.seconds, block))

    def run(self):
        while True:
            due, block = self.blocks.get()
            time.sleep(max(0, due - time.monotonic()))
            if block is None:
                return
            with contextlib.suppress(OSError):
                self.sink.sendall(block)
