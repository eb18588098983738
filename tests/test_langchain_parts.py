"""scratch/langchain_parts.py: the course's parts behave as LangChain's own; a chain of them is the same pipeline."""

from types import SimpleNamespace

from langchain_core.output_parsers import StrOutputParser
from langchain_core.prompts import PromptTemplate
from langchain_core.runnables import RunnablePassthrough
from llmcourse.question_set import Passage
from llmcourse.scratch.langchain_parts import PassageRetriever, ReaderLLM
from llmcourse.scratch.rag import TEMPLATE, grounded_prompt
from llmcourse.scratch.retrieval import bm25, order

TEXTS = {"Cats": "Cats purr {question}.", "Dogs": "Dogs bark.", "Owls": "Owls hoot at cats."}
PASSAGES = [Passage(title, text) for title, text in TEXTS.items()]
READER = SimpleNamespace(answer=lambda prompts: [f"read {len(prompt)} characters. Stop here" for prompt in prompts])


def rank(query):
    return order(bm25(query, [passage.text for passage in PASSAGES]))


def numbered(documents):
    return "\n\n".join(f"[{place}] {document.page_content}" for place, document in enumerate(documents, start=1))


def test_the_retriever_gives_the_best_passages_as_documents():
    found = PassageRetriever(passages=PASSAGES, rank=rank, k=2).invoke("hoot cats")
    assert [document.metadata for document in found] == [
        {"title": "Owls", "number": 2},
        {"title": "Cats", "number": 0},
    ]
    assert found[0].page_content == "Owls hoot at cats."


def test_the_model_stops_at_a_stop_string_and_runs_in_batches():
    model = ReaderLLM(reader=READER)
    assert model.invoke("four") == "read 4 characters. Stop here"
    assert model.bind(stop=[" Stop", "."]).invoke("four") == "read 4 characters"
    assert model.batch(["a", "bb"]) == ["read 1 characters. Stop here", "read 2 characters. Stop here"]


def test_a_chain_writes_the_prompt_of_the_course():
    retriever = PassageRetriever(passages=PASSAGES, rank=rank, k=2)
    augment = {"passages": retriever | numbered, "question": RunnablePassthrough()} | PromptTemplate.from_template(
        TEMPLATE
    )
    query = "Who hoots at {cats}?"
    ours = grounded_prompt(query, [PASSAGES[number].text for number in rank(query)[:2]])
    assert augment.invoke(query).to_string() == ours
    chain = augment | ReaderLLM(reader=READER) | StrOutputParser()
    assert chain.invoke(query) == READER.answer([ours])[0]
