"""Running the app: a process that stops gracefully, and a server in a thread for notebooks and tests."""

import asyncio
import logging
import socket
import threading
import time

import uvicorn

from .config import ServerConfig
from .openai_api import make_app


class GracefulServer(uvicorn.Server):
    """uvicorn that, told to stop, refuses new requests, lets answers finish for `grace` seconds, then ends them."""

    def __init__(self, app, config):
        super().__init__(
            uvicorn.Config(
                app,
                host=config.host,
                port=config.port,
                log_config=None,
                access_log=False,  # our own log has one line a request
                timeout_keep_alive=30,
                timeout_graceful_shutdown=int(config.grace) + 10,  # behind our own deadline
                backlog=512,
            )
        )
        self.state, self.grace, self._deadline = app.state, config.grace, None

    def handle_exit(self, sig, frame):
        self.drain()
        super().handle_exit(sig, frame)

    def drain(self):
        """Begin to stop: not ready any more, and after `grace` seconds all answers end with an error event."""
        if not self.state.gate.draining:
            self.state.gate.draining = True
            self._deadline = threading.Timer(self.grace, self.state.engine.stop)
            self._deadline.daemon = True
            self._deadline.start()

    async def shutdown(self, sockets=None):
        await super().shutdown(sockets)
        if self._deadline:
            self._deadline.cancel()  # all answers have ended: nothing of it need outlive the server


def run(config):
    """Load the engine and serve until SIGINT or SIGTERM."""
    from .engines import make_engine

    logging.basicConfig(level=logging.INFO, format="%(message)s")
    engine = make_engine(config)
    app = make_app(engine, config)
    logging.info('{"ready": "http://%s:%d/v1", "model": "%s"}', config.host, config.port, engine.name)
    GracefulServer(app, config).run()


class BackgroundServer:
    """Serve an engine from a thread on a free loopback port, until `close` or the end of a `with` block.

    config, keys: as for make_app; the port is chosen. address: such as http://127.0.0.1:40123; app: the FastAPI app.

    >>> with BackgroundServer(tiny_engine()) as server:                                 # doctest: +SKIP
    ...     httpx.get(server.address + "/healthz").json()
    {'status': 'ok'}
    """

    def __init__(self, engine, config=None, keys=None):
        self.engine, config = engine, config or ServerConfig()
        self.app = make_app(engine, config, keys)
        self._socket = socket.socket()
        self._socket.bind(("127.0.0.1", 0))
        self.address = f"http://127.0.0.1:{self._socket.getsockname()[1]}"
        self._server = GracefulServer(self.app, config)
        self._thread = threading.Thread(target=self._serve, name="course-server", daemon=True)
        self._thread.start()
        while not self._server.started:
            if not self._thread.is_alive():
                raise RuntimeError("the server did not start")
            time.sleep(0.01)

    def __enter__(self):
        return self

    def __exit__(self, *problem):
        self.close()

    def close(self, timeout=60):
        """Stop gracefully: running answers get the grace of the configuration. A second call does nothing."""
        self._server.drain()
        self._server.should_exit = True
        self._thread.join(timeout)
        self.engine.stop()
        self._socket.close()

    def _serve(self):
        asyncio.run(self._server.serve(sockets=[self._socket]))
