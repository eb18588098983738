"""Text to ids for the embedded model's family: ChatML in which a user cannot forge the marks of a turn."""

from ..scratch.chat_templates import SMOLLM_SYSTEM


class ChatTokens:
    """The tokenizer of a model folder: texts and conversations to ids, ids to text.

    Marks such as <|im_end|> are set by us alone. In what users write they are letters, so that nobody can end their
    own turn and speak as the system. For messages without marks the ids are those of transformers' chat template.
    """

    def __init__(self, tokenizer, system=SMOLLM_SYSTEM, marks=("<|im_start|>", "<|im_end|>")):
        tokenizer.encode_special_tokens = True  # read marks in texts as letters
        self._tokenizer, self._system = tokenizer, system
        self._start, self._end = (tokenizer.token_to_id(mark) for mark in marks)

    @classmethod
    def of_folder(cls, folder):
        """The tokenizer of a folder with tokenizer.json, without importing transformers."""
        from pathlib import Path

        from tokenizers import Tokenizer

        return cls(Tokenizer.from_file(str(Path(folder) / "tokenizer.json")))

    def encode(self, text):
        """The ids of a text; special tokens in it are read as plain letters."""
        return self._tokenizer.encode(text, add_special_tokens=False).ids

    def decode(self, ids):
        """The text of ids, special tokens left out."""
        return self._tokenizer.decode(list(ids), skip_special_tokens=True)

    def spelled(self, token):
        """The text of one token, special ones too."""
        return self._tokenizer.decode([token], skip_special_tokens=False)

    def chat_prompt(self, messages):
        """The ids of a conversation, [{"role", "content"}, …], with the opening of the assistant's turn."""
        if self._start is None:  # a model without marks, such as a tiny one in tests
            return self.encode("".join(f"{each['role']}: {each['content']}\n" for each in messages) + "assistant:")
        if messages[0]["role"] != "system" and self._system:
            messages = [{"role": "system", "content": self._system}, *messages]
        ids, line = [], self.encode("\n")
        for each in messages:
            ids += [self._start, *self.encode(f"{each['role']}\n{each['content']}"), self._end, *line]
        return [*ids, self._start, *self.encode("assistant\n")]
