"""Mutated bodies and images against the server: `python tests/benchmarks/fuzz_server.py [COUNT] [SEED]`.

Every request goes through the whole application and the engine's own decoder (the rest of the engine is left out: it
sees pixels, not bytes). Prints what was answered and the memory it took; exit 1 when there was a 500, an answer
outside the contract or more memory than the largest photo may need.
"""

from __future__ import annotations

import asyncio
import base64
import json
import random
import resource
import sys
import time
import warnings
from collections import Counter
from collections.abc import Callable
from io import BytesIO
from typing import Any

from fastapi import FastAPI
from PIL import Image

from khid_eval.contract import SWITCHES, lookup
from khid_eval.engine.photo_decode import decode
from khid_eval.records import FIELD_NAMES, CardReading, FieldReading, ReadOptions
from khid_eval.server import FetchRules, ServerSettings, create_app

COUNT, SEED = 20_000, 7
MOST_MEMORY_MB = 700
"""An 8192 x 8192 photo has 201 MB of pixels, and turning or reducing it takes some copies."""
READING = CardReading(tuple(FieldReading(name, "", 0.0) for name in FIELD_NAMES))
ODD_VALUES = (
    "null", "true", "-1", "1e999", "NaN", "-Infinity", "1" * 5000, '""', '"\\ud800"', '"\\u0000"', "[]", "{}", "[[]]",
    '"data:image/png;base64,AAAA"', '"http://127.0.0.1/"', '"http://[::1"', '"//"', '"A==="', '"' + "A" * 4000 + '"',
    "[" * 3000, '{"a":' * 3000, '"\xff"', "\ufeff", "'x'", "1,", "",
)  # fmt: skip


class DecodingReader:
    """The engine's first step on every photo, and a blank answer."""

    def read(self, photo: bytes, options: ReadOptions = ReadOptions()) -> CardReading:
        decode(photo)
        return READING


def photos() -> list[bytes]:
    files = []
    for kind, options in (("JPEG", {}), ("JPEG", {"progressive": True}), ("PNG", {}), ("BMP", {}), ("TIFF", {})):
        for mode in ("RGB", "L"):
            file = BytesIO()
            Image.effect_noise((48, 32), 60).convert(mode).save(file, kind, **options)
            files.append(file.getvalue())
    for compression in ("tiff_lzw", "tiff_deflate", "packbits"):
        file = BytesIO()
        Image.effect_noise((48, 32), 60).save(file, "TIFF", compression=compression)
        files.append(file.getvalue())
    return files


def mutated(data: bytes, rng: random.Random) -> bytes:
    """One to four small accidents: bits, bytes, pieces lost, doubled, moved or made of extremes."""
    changed = bytearray(data)
    for _ in range(rng.randint(1, 4)):
        at = rng.randrange(len(changed) + 1)
        size = rng.randint(1, 1 + min(64, len(changed) // 4))
        kind = rng.randrange(6)
        if kind == 0 and at < len(changed):
            changed[at] ^= 1 << rng.randrange(8)
        elif kind == 1:
            changed[at : at + size] = rng.randbytes(size)
        elif kind == 2:
            del changed[at : at + size]
        elif kind == 3:
            changed[at:at] = changed[at : at + size] * rng.randint(1, 3)
        elif kind == 4:
            changed[at : at + 4] = rng.choice(
                (b"\xff\xff\xff\xff", b"\x00\x00\x00\x00", b"\x7f\xff\xff\xff", b"\x20\x00")
            )
        else:
            del changed[rng.randrange(len(changed) + 1) :]
    return bytes(changed)


def head_mutated(data: bytes, rng: random.Random) -> bytes:
    """Sizes, counts and offsets stand in the first bytes of most formats."""
    return mutated(data[:64], rng) + data[64:]


def odd_json(rng: random.Random, image: str) -> bytes:
    """A body of the right shape with values that nobody expects."""
    keys = rng.sample(("image", "url", *SWITCHES, "\\u0000", "x"), rng.randint(1, 5))
    pairs = [f'"{key}": {rng.choice((*ODD_VALUES, json.dumps(image)))}' for key in keys]
    text = rng.choice(("{%s}", "[%s]", "{%s", " {%s} ", "{%s}{}")) % ", ".join(pairs)
    return text.encode(rng.choice(("utf-8", "utf-8", "utf-8", "utf-16", "utf-8-sig")), "surrogatepass")


def body(rng: random.Random, samples: list[bytes]) -> bytes:
    photo = rng.choice(samples)
    kind = rng.randrange(4)
    if kind < 2:
        photo = (mutated if kind else head_mutated)(photo, rng)
    image = base64.b64encode(photo).decode()
    if kind == 2:
        return odd_json(rng, image)
    switches = {name: rng.choice((True, False, None)) for name in rng.sample(SWITCHES, 3)}
    whole = json.dumps({"image": image, **switches}).encode()
    return mutated(whole, rng) if kind == 3 else whole


async def ask(app: FastAPI, body: bytes) -> tuple[int, bytes]:
    """One request, without a network between."""
    sent: list[dict[str, Any]] = []
    parts = [{"type": "http.request", "body": body, "more_body": False}]

    async def receive() -> dict[str, Any]:
        return parts.pop() if parts else await asyncio.Future()

    async def send(message: Any) -> None:
        sent.append(message)

    path = "/v2/p/ocr/cambodian-idcard"
    scope = {"type": "http", "http_version": "1.1", "method": "POST", "path": path, "raw_path": path.encode()}
    scope |= {
        "query_string": b"",
        "headers": [],
        "client": ("127.0.0.1", 1),
        "server": ("127.0.0.1", 2),
        "scheme": "http",
    }
    await app(scope, receive, send)
    return sent[0]["status"], b"".join(one.get("body", b"") for one in sent[1:])


def wrong(status: int, answer: bytes) -> bool:
    """Whether an answer is none of the contract's."""
    code = json.loads(answer).get("error_code", "")
    return status >= 500 or (status != 200 and lookup(code) is None)


async def fuzz(count: int, seed: int, say: Callable[[str], None]) -> int:
    rng, samples = random.Random(seed), photos()
    app = create_app(DecodingReader(), ServerSettings(fetch=FetchRules(max_redirects=0, total_s=0.2)))
    answers: Counter[str] = Counter()
    failures = 0
    for number in range(count):
        sent = body(rng, samples)
        status, answer = await ask(app, sent)
        answers[f"{status} {json.loads(answer).get('error_code', 'read')}"] += 1
        if wrong(status, answer):
            failures += 1
            say(f"request {number}: {status} {answer[:200]!r} for {sent[:300]!r}")
    for name, times in answers.most_common():
        say(f"  {name}: {times}")
    app.state.service.close()
    return failures


def memory_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main() -> int:
    count, seed = (int(given) for given in (*sys.argv[1:], *map(str, (COUNT, SEED)[len(sys.argv) - 1 :])))
    warnings.simplefilter("ignore")  # Pillow's about odd files: they are what this is about
    decode(photos()[0])
    started, before_mb = time.perf_counter(), memory_mb()
    failures = asyncio.run(fuzz(count, seed, print))
    more_mb = memory_mb() - before_mb
    print(
        f"{count} requests (seed {seed}) in {time.perf_counter() - started:.0f} s: {failures} outside the contract, "
        f"peak memory +{more_mb:.0f} MB (at most {MOST_MEMORY_MB})"
    )
    return int(failures > 0 or more_mb > MOST_MEMORY_MB)


if __name__ == "__main__":
    sys.exit(main())
