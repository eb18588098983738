"""A crowd that behaves badly: hung-up streams, broken JSON, huge bodies, wrong keys, and good requests among them."""

import asyncio
import random

import httpx

from .load_test import ask

WRONG = {"json": 400, "huge": 413, "key": 401, "field": 400}  # what is wrong, and the status that it must get


async def chaos(url, key, requests=1000, clients=32, seed=0, model="tiny"):
    """Send `requests` of all kinds, and compare every good answer with the one that its prompt gets alone.

    Returns counts: "good", "left" (hung up by us), each kind of WRONG; and what must be 0: "lost" (no whole answer),
    "mixed_up" (another answer than alone), "wrong_status". The server must have room for all clients in its queue.
    """
    drawn = random.Random(seed)
    prompts = [f"Number {number}, please." for number in range(8)]
    headers = {"Authorization": f"Bearer {key}"}
    tally = dict.fromkeys(["good", "left", *WRONG, "lost", "mixed_up", "wrong_status"], 0)
    how = {"timeout": 120, "trust_env": False, "verify": False, "headers": headers}  # loopback: no certificates
    async with httpx.AsyncClient(**how) as http:
        alone = [(await ask(http, url, 0, _body(model, prompt))).text for prompt in prompts]
    kinds = drawn.choices(["good", "left", *WRONG], weights=[8, 4, 1, 1, 1, 1], k=requests)
    left = [(kind, drawn.randrange(len(prompts)), drawn.randint(1, 12)) for kind in kinds]

    async def client():
        async with httpx.AsyncClient(**how) as http:
            while left:
                kind, number, lines = left.pop()
                tally[kind] += 1
                if kind == "good":
                    seen = await ask(http, url, number, _body(model, prompts[number]))
                    tally["lost"] += seen.status != 200
                    tally["mixed_up"] += seen.status == 200 and seen.text != alone[number]
                elif kind == "left":
                    await _hang_up(http, url, _body(model, prompts[number]), lines)
                else:
                    status = await _wrong(http, url, kind, _body(model, prompts[number]))
                    tally["wrong_status"] += status != WRONG[kind]

    await asyncio.gather(*(client() for _ in range(clients)))
    return tally | {"different_answers": len(set(alone))}


def _body(model, prompt):
    messages = [{"role": "user", "content": prompt}]
    length = 6 + sum(prompt.encode()) % 7  # of its own for each prompt, so that slots fall free at different times
    return {"model": model, "messages": messages, "temperature": 0, "max_tokens": length}


async def _hang_up(http, url, body, lines):
    async with http.stream("POST", f"{url}/v1/chat/completions", json=body | {"stream": True}) as reply:
        async for _ in reply.aiter_lines():
            lines -= 1
            if lines <= 0:
                return


async def _wrong(http, url, kind, body):
    where = f"{url}/v1/chat/completions"
    if kind == "json":
        reply = await http.post(where, content=b'{"model": ', headers={"Content-Type": "application/json"})
    elif kind == "huge":
        try:
            reply = await http.post(where, json=body | {"user": "x" * 2_000_000})
        except httpx.HTTPError:  # the server answers and closes before it has read all: both are right
            return WRONG["huge"]
    elif kind == "key":
        reply = await http.post(where, json=body, headers={"Authorization": "Bearer sk-course-wrong"})
    else:
        reply = await http.post(where, json=body | {"telepathy": True})
    return reply.status_code
