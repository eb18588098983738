"""What goes back: the objects of OpenAI's API for whole answers and streams, of chats and plain completions."""

import json
import time
from collections import Counter
from uuid import uuid4


def sse(data):
    """One server-sent event: `data: `, JSON in one line, an empty line.

    >>> sse({"a": 1})
    'data: {"a": 1}\\n\\n'
    """
    return f"data: {json.dumps(data, ensure_ascii=False)}\n\n"


DONE = "data: [DONE]\n\n"


class Reply:
    """The objects of one request: `chat` or not, their common id, whether log-probabilities are told."""

    def __init__(self, model, chat, with_logprobs):
        self.chat, self._with_logprobs = chat, with_logprobs
        self._offsets = Counter()  # of each choice: the characters of the tokens that were told so far
        self._head = {
            "id": ("chatcmpl-" if chat else "cmpl-") + uuid4().hex,
            "created": int(time.time()),
            "model": model,
            "system_fingerprint": None,
        }

    def openings(self, count):
        """The first chunks of a stream: for chats the role of each choice; none for completions."""
        for index in range(count if self.chat else 0):
            yield self._object([_chunk(index, {"role": "assistant", "content": ""})], stream=True)

    def chunk(self, piece):
        """A piece of a stream."""
        logprobs = self._logprobs(piece.index, [piece.token]) if self._with_logprobs and piece.token.spelled else None
        if self.chat:
            delta = {"content": piece.text} if piece.text or not piece.finish else {}
            choice = _chunk(piece.index, delta, piece.finish, logprobs)
        else:
            choice = {"index": piece.index, "text": piece.text, "logprobs": logprobs, "finish_reason": piece.finish}
        return self._object([choice], stream=True)

    def usage_chunk(self, usage):
        """The last chunk of a stream whose client asked for the counts."""
        return self._object([], stream=True) | {"usage": usage}

    def whole(self, answers, usage):
        """The body of an answer that is no stream; `answers` is a list of pieces for each choice."""
        choices = []
        for index, found in enumerate(answers):
            text, finish = "".join(piece.text for piece in found), found[-1].finish
            logprobs = self._logprobs(index, [piece.token for piece in found]) if self._with_logprobs else None
            choice = {"index": index, "finish_reason": finish, "logprobs": logprobs}
            message = {"role": "assistant", "content": text, "refusal": None}
            choices.append(choice | ({"message": message} if self.chat else {"text": text}))
        return self._object(choices, stream=False) | {"usage": usage}

    def _object(self, choices, stream):
        kind = ("chat.completion.chunk" if stream else "chat.completion") if self.chat else "text_completion"
        return self._head | {"object": kind, "choices": choices}

    def _logprobs(self, index, tokens):
        told = [token for token in tokens if token.logprob is not None]
        if self.chat:
            return {"content": [_entry(t.spelled, t.logprob, t.top) for t in told], "refusal": None}
        offsets = []
        for token in told:
            offsets.append(self._offsets[index])
            self._offsets[index] += len(token.spelled)
        return {
            "tokens": [token.spelled for token in told],
            "token_logprobs": [token.logprob for token in told],
            "top_logprobs": [dict(token.top) for token in told],
            "text_offset": offsets,
        }


def usage_of(prompt, written):
    """The counts of a request.

    >>> usage_of(3, 4)["total_tokens"]
    7
    """
    return {"prompt_tokens": prompt, "completion_tokens": written, "total_tokens": prompt + written}


def _chunk(index, delta, finish=None, logprobs=None):
    return {"index": index, "delta": delta, "logprobs": logprobs, "finish_reason": finish}


def _entry(text, logprob, top=None):
    entry = {"token": text, "logprob": logprob, "bytes": list(text.encode())}
    return entry if top is None else entry | {"top_logprobs": [_entry(*each) for each in top]}
