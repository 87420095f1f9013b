"""What the client costs beside a bare requests call: `python tests/benchmarks/bench_client.py`.

Both send the same photo as Base64 to the same local server over an open connection and parse the JSON answer; the
server runs in a process of its own and answers at once, so that the rest of the time is the caller's.
"""

from __future__ import annotations

import base64
import multiprocessing
import statistics
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import BytesIO
from multiprocessing.connection import Connection

import requests
from PIL import Image

from khid_eval import contract
from khid_eval.client import NO_RETRY, ApiReader, FixedToken, KeyAuth, Retrier, TokenAuth
from khid_eval.records import FIELD_NAMES, CardReading, FieldReading, ReadOptions

REPEATS = 200
LIMIT_MS = 2.0
READING = CardReading(tuple(FieldReading(name, f"ខ្មែរ {name}", 0.9) for name in FIELD_NAMES))
ANSWER = contract.body_of_answer(READING, ReadOptions())


class Canned(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(ANSWER)))
        self.end_headers()
        self.wfile.write(ANSWER)

    def log_message(self, format: str, *args: object) -> None:
        """Nothing."""


def serve(pipe: Connection) -> None:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Canned)
    pipe.send(server.server_address[1])
    server.serve_forever()


def photo(width_px: int, quality: int) -> bytes:
    file = BytesIO()
    Image.effect_noise((width_px, width_px * 5 // 8), 60).convert("RGB").save(file, "JPEG", quality=quality)
    return file.getvalue()


def quick_ms(calls: dict[str, Callable[[], object]]) -> dict[str, float]:
    """Lower quartile of the time of each call: other programs only ever add. The calls take turns."""
    times: dict[str, list[float]] = {name: [] for name in calls}
    for _ in range(REPEATS):
        for name, call in calls.items():
            started = time.perf_counter()
            call()
            times[name].append(time.perf_counter() - started)
    return {name: 1000 * statistics.quantiles(each, n=4)[0] for name, each in times.items()}


def measure(url: str, card: bytes) -> None:
    session = requests.Session()
    address = url + contract.path_for("p-1")

    def bare() -> object:
        body = {"image": base64.b64encode(card).decode()}
        return session.post(address, json=body, headers={"X-Auth-Token": "t"}, timeout=30).json()

    retrier = Retrier(NO_RETRY)
    with (
        ApiReader(url, "p-1", TokenAuth(FixedToken("t")), retrier=retrier) as with_token,
        ApiReader(url, "p-1", KeyAuth("ak", "sk"), retrier=retrier) as with_keys,
    ):
        found = quick_ms({"bare": bare, "token": lambda: with_token.read(card), "keys": lambda: with_keys.read(card)})
    session.close()
    print(f"photo of {len(card) / 1e6:.2f} MB: bare requests call {found['bare']:.2f} ms")
    for name in ("token", "keys"):
        more_ms = found[name] - found["bare"]
        ratio = found[name] / found["bare"]
        verdict = "within" if more_ms < LIMIT_MS else "OVER"
        print(f"  with {name:5}: {found[name]:.2f} ms, ratio {ratio:.2f}, {more_ms:+.2f} ms: {verdict} {LIMIT_MS} ms")


def main() -> None:
    here, there = multiprocessing.Pipe()
    server = multiprocessing.Process(target=serve, args=(there,), daemon=True)
    server.start()
    url = f"http://127.0.0.1:{here.recv()}"
    for width_px, quality in ((600, 80), (1600, 85), (3200, 90)):
        measure(url, photo(width_px, quality))
    server.terminate()
    server.join()


if __name__ == "__main__":
    main()
