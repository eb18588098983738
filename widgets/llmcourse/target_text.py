"""What the decoder of an encoder-decoder reads: a given target, or the model's own greedy answer."""

from .text_encoding import checked_text, encode, piece_name

ANSWER = 32  # tokens of an answer at most


def target_ids(model, tokenizer, inputs, target):
    """(tokens, ids) that the decoder reads: its start token, then `target` or the model's own greedy answer, without
    the end token, after which nothing is written."""
    import torch

    starts = [
        getattr(one, "decoder_start_token_id", None)
        for one in (getattr(model, "generation_config", None), model.config)
    ]
    start = next((one for one in starts if one is not None), None)
    if target is None:
        if not hasattr(model, "generate"):
            raise ValueError(f"target is missing: {type(model).__name__} cannot write an answer of its own.")
        modes = [part for part in model.modules() if part.training]
        try:
            model.eval()
            with torch.inference_mode():
                # Without a cache: T5's cannot hold a decoder with more layers than its encoder.
                settings = {"max_new_tokens": ANSWER, "do_sample": False, "num_beams": 1, "use_cache": False}
                written = model.generate(inputs, **settings)[0].tolist()
        finally:
            for part in modes:
                part.training = True
        start, ids = written[0], written[1:]
        tokens = _answer_texts(tokenizer, ids)
    else:
        if start is None:
            raise ValueError("model.config.decoder_start_token_id is missing, so its decoder has no first token.")
        tokens, ids = encode(tokenizer, checked_text("target", target))
    end = model.config.eos_token_id
    if ids and ids[-1] in (end if isinstance(end, list) else [end]):
        tokens, ids = tokens[:-1], ids[:-1]
    return [piece_name(tokenizer, start), *tokens], [start, *ids]


def _answer_texts(tokenizer, ids):
    """Tokens of a written answer as they stand in its text, where the tokenizer reads that text in the same way."""
    special = set(getattr(tokenizer, "all_special_ids", ()))
    text = tokenizer.decode([one for one in ids if one not in special])
    if text:
        again = [pair for pair in zip(*encode(tokenizer, text), strict=True) if pair[1] not in special]
        if [one for _, one in again] == [one for one in ids if one not in special]:
            rest = iter(token for token, _ in again)
            return [piece_name(tokenizer, one) if one in special else next(rest) for one in ids]
    return [piece_name(tokenizer, one) for one in ids]
