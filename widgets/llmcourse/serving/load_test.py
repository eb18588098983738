"""Clients that press on a server: so many at once, each with its own requests; and what they saw, in percentiles."""

import asyncio
import json
import time
from dataclasses import dataclass
from math import ceil

import httpx


@dataclass(frozen=True)
class Seen:
    """What one client saw of one request: seconds from its sending to the first and the last token, and the answer."""

    number: int
    status: int
    first: float
    seconds: float
    tokens: int
    text: str


def percentile(values, share):
    """The smallest value that at least `share` of all do not exceed (nearest rank).

    >>> percentile([4, 1, 3, 2], 0.5)
    2
    """
    ranked = sorted(values)
    return ranked[max(0, ceil(share * len(ranked)) - 1)]


async def ask(client, url, number, body):
    """Send one streamed chat request and time it: a Seen. Status 0 stands for a broken connection."""
    begin, first, tokens, text, status = time.perf_counter(), 0.0, 0, [], 0
    try:
        async with client.stream("POST", f"{url}/v1/chat/completions", json=body | {"stream": True}) as reply:
            status = reply.status_code
            async for line in reply.aiter_lines():
                if not line.startswith("data: {"):
                    continue
                event = json.loads(line[6:])
                if "error" in event:
                    status = 0
                elif event["choices"] and "content" in event["choices"][0]["delta"]:
                    piece = event["choices"][0]["delta"]["content"]
                    if tokens == 0 and piece:
                        first = time.perf_counter() - begin
                    tokens += bool(piece)
                    text.append(piece)
    except httpx.HTTPError:
        status = 0
    return Seen(number, status, first, time.perf_counter() - begin, tokens, "".join(text))


async def press(url, bodies, clients, key="none"):
    """Send `bodies` by so many clients, each with one request at a time; returns (list of Seen, seconds in all)."""
    left, seen = list(enumerate(bodies))[::-1], []
    headers = {"Authorization": f"Bearer {key}"}
    begin = time.perf_counter()

    async def client(http):
        while left:
            seen.append(await ask(http, url, *left.pop()))

    limits = httpx.Limits(max_connections=clients)
    async with httpx.AsyncClient(timeout=120, trust_env=False, verify=False, limits=limits, headers=headers) as http:
        await asyncio.gather(*(client(http) for _ in range(clients)))
    return seen, time.perf_counter() - begin


def summary(seen, seconds):
    """Tokens a second, and median and 95th percentile of first token and latency in seconds, of those answered."""
    good = [each for each in seen if each.status == 200]
    if not good:
        return {"answered": 0}
    return {
        "answered": len(good),
        "tokens_per_second": sum(each.tokens for each in good) / seconds,
        "first_p50": percentile([each.first for each in good], 0.5),
        "first_p95": percentile([each.first for each in good], 0.95),
        "latency_p50": percentile([each.seconds for each in good], 0.5),
        "latency_p95": percentile([each.seconds for each in good], 0.95),
    }


def run_in_thread(coroutine):
    """Run a coroutine to its end in a thread of its own: a notebook's own loop is already at work.

    >>> run_in_thread(asyncio.sleep(0, "done"))
    'done'
    """
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(1) as pool:
        return pool.submit(asyncio.run, coroutine).result()
