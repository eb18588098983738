"""The course's own retriever and reader as parts of LangChain, so that its chains run on them.

A part of LangChain is a Runnable: it has `invoke`, and `|` puts one behind another (LCEL). A language model subclasses
`LLM` and says `_call`; a retriever subclasses `BaseRetriever` and gives documents.
"""

from collections.abc import Callable
from typing import Any

from langchain_core.documents import Document
from langchain_core.language_models.llms import LLM
from langchain_core.retrievers import BaseRetriever


class ReaderLLM(LLM):
    """A `rag.Reader` as a language model of LangChain: prompt in, answer out, cut at the first stop string."""

    reader: Any

    @property
    def _llm_type(self):
        return "llmcourse-reader"

    def _call(self, prompt, stop=None, run_manager=None, **options):
        answer = self.reader.answer([prompt])[0]
        places = [answer.find(one) for one in stop or () if one in answer]
        return answer[: min(places)] if places else answer


class PassageRetriever(BaseRetriever):
    """Passages as documents, best first. rank: query -> passage numbers. passages: objects with title and text."""

    passages: list
    rank: Callable
    k: int = 3

    def _get_relevant_documents(self, query, *, run_manager):
        best = [int(number) for number in self.rank(query)[: self.k]]
        return [
            Document(self.passages[number].text, metadata={"title": self.passages[number].title, "number": number})
            for number in best
        ]
