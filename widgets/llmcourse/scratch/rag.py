"""Retrieve, augment, generate, from scratch: the prompt with numbered passages, a reader that answers it, citations.

What a prompt looks like is a choice that was tried on the embedded model; `TEMPLATE` won over wordings that ask for
citations, which a model of 135 million parameters does not write (lesson 6.2 measures it).
"""

import torch

from .rag_metrics import CITATION, SMALL, plain, statements

TEMPLATE = "{passages}\n\nQuestion: {question}\nAnswer in a few words."
CLOSED_BOOK = "Question: {question}\nAnswer in one short sentence."


def grounded_prompt(question, passages, template=TEMPLATE):
    """The prompt: passages with the numbers by which they can be cited, then the question.

    With no passage it is the question alone. What passages hold is never read as a slot of the template.

    >>> grounded_prompt("Who purrs?", ["Cats purr."])
    '[1] Cats purr.\\n\\nQuestion: Who purrs?\\nAnswer in a few words.'
    """
    blocks = "\n\n".join(f"[{number}] {passage}" for number, passage in enumerate(passages, start=1))
    before, after = (template if passages else CLOSED_BOOK).split("{question}")
    return before.replace("{passages}", blocks) + question + after


def attribute(answer, passages, least=0.5):
    """The answer with a citation behind each sentence: the passage that shares most of its words, from `least` on.

    For a model that does not cite by itself. Of equally good passages the first is named; citations that the answer
    holds already are dropped.

    >>> attribute("Cats purr. Cows fly.", ["Dogs bark.", "All cats purr."])
    'Cats purr. [2] Cows fly.'
    """
    held, cited = [set(plain(passage)) for passage in passages], []
    for sentence in statements(answer):
        said = {word for word in plain(sentence) if word not in SMALL}
        shares = [len(said & words) / max(len(said), 1) for words in held]
        best = max(range(len(shares)), key=shares.__getitem__, default=None)
        supported = best is not None and shares[best] >= least
        cited.append(f"{sentence} [{best + 1}]" if supported else sentence)
    return " ".join(cited)


def cited_numbers(answer):
    """The passage numbers that an answer cites, each once, in order.

    >>> cited_numbers("Yes [2], and [1, 2].")
    [2, 1]
    """
    found = [int(number) for mark in CITATION.findall(answer) for number in mark[1:-1].split(",")]
    return list(dict.fromkeys(found))


class Reader:
    """A chat model that answers prompts greedily, in batches; the same prompt is read once.

    model, tokenizer: as load_model gives them; a tokenizer without a chat template gets the bare prompt.
    longest: tokens of an answer. batch: prompts read at once, padded on the left. known: {prompt: answer}.
    """

    def __init__(self, model, tokenizer, longest=20, batch=8):
        self.model, self.tokenizer, self.longest, self.batch, self.known = model, tokenizer, longest, batch, {}

    def answer(self, prompts, progress=False):
        """The answers (list of texts) to prompts, in their order; progress shows a bar with the time left."""
        from tqdm.auto import tqdm

        new = sorted({prompt for prompt in prompts if prompt not in self.known}, key=lambda one: (len(one), one))
        with tqdm(total=len(new), desc="Reading", unit="prompt", leave=False, disable=not (progress and new)) as bar:
            for start in range(0, len(new), self.batch):
                rows = new[start : start + self.batch]
                self.known.update(zip(rows, self._generate(rows), strict=True))
                bar.update(len(rows))
        return [self.known[prompt] for prompt in prompts]

    def tokens(self, text):
        """How many tokens a text has."""
        return len(self.tokenizer(text, add_special_tokens=False)["input_ids"])

    def chat(self, prompt):
        """The prompt as the model was trained to see one."""
        if not self.tokenizer.chat_template:
            return prompt
        turn = [{"role": "user", "content": prompt}]
        return self.tokenizer.apply_chat_template(turn, tokenize=False, add_generation_prompt=True)

    @torch.inference_mode()
    def _generate(self, prompts):
        rows = [self.tokenizer(self.chat(prompt), add_special_tokens=False)["input_ids"] for prompt in prompts]
        longest = max(map(len, rows))
        pad = self.tokenizer.pad_token_id
        ids = torch.tensor([[pad] * (longest - len(row)) + row for row in rows], device=self.model.device)
        mask = torch.tensor([[0] * (longest - len(row)) + [1] * len(row) for row in rows], device=self.model.device)
        made = self.model.generate(
            input_ids=ids, attention_mask=mask, max_new_tokens=self.longest, do_sample=False, pad_token_id=pad
        )
        return [text.strip() for text in self.tokenizer.batch_decode(made[:, longest:], skip_special_tokens=True)]
