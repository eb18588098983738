"""From an engine's tokens to the pieces of an answer: stop strings, several choices at once, a time limit."""

import asyncio
from contextlib import aclosing
from dataclasses import dataclass, replace

from .engine import Token
from .text_stream import StopStrings


@dataclass(frozen=True)
class Piece:
    """A part of choice number `index`: text that may be shown, the token behind it, and on the last one `finish`."""

    index: int
    text: str
    token: Token
    finish: str | None


async def pieces(engine, job, index=0):
    """The pieces of one answer. A stop string ends it and closes the engine's iterator, which frees the slot."""
    stops = StopStrings(job.stop)
    async with aclosing(engine.generate(job)) as tokens:
        async for token in tokens:
            text, stopped = stops.push(token.text)
            finish = "stop" if stopped else token.finish
            if finish and not stopped:
                text += stops.flush()
            yield Piece(index, text, token, finish)
            if finish:
                return


async def all_pieces(engine, jobs, seconds):
    """The pieces of several answers as they come, interleaved. Raises TimeoutError after `seconds`.

    However it is left, all answers are ended before it returns.
    """
    lane = asyncio.Queue(maxsize=64)  # a slow reader slows us down here, instead of filling the memory

    async def follow(index, job):
        try:
            async with aclosing(pieces(engine, job, index)) as found:
                async for piece in found:
                    await lane.put(piece)
        except Exception as problem:
            await lane.put(problem)

    tasks = [asyncio.create_task(follow(index, job)) for index, job in enumerate(jobs)]
    deadline, left = asyncio.get_running_loop().time() + seconds, len(jobs)
    try:
        while left:
            async with asyncio.timeout_at(deadline):
                piece = await lane.get()
            if isinstance(piece, Exception):
                raise piece
            left -= piece.finish is not None
            yield piece
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def several(job, count):
    """`count` jobs that differ in their luck: the seed, where one is given, counts up."""
    return [replace(job, seed=None if job.seed is None else job.seed + place) for place in range(count)]
