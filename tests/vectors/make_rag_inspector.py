"""Makes rag_inspector.json: scores, rankings, prompts and shares, for the tests in Python and in JavaScript.

Run: python tests/vectors/make_rag_inspector.py. test_rag_inspector.py checks that the file still says the same, and
test_retrieval.py holds BM25 to an independent implementation and to an example worked by hand.
"""

import json
from pathlib import Path

import numpy as np
from llmcourse.rag_prompt import TEMPLATE, citations, fill, fitting, shared_words
from llmcourse.rag_retrieval import PassageScores
from llmcourse.scratch.retrieval import words
from llmcourse.text_stamp import text_stamp

PATH = Path(__file__).with_name("rag_inspector.json")
PASSAGES = {
    "animals": [
        "Cats purr when they are content, and also when they are in pain.",
        "A purr is made by the muscles of the larynx, 25 times a second. A purr!",
        "Dogs bark to warn, to greet and to play.",
        "A lion's larynx is built for roaring; a lion cannot purr as a cat does.",
        "",
        "Dogs bark to warn, to greet and to play.",
    ],
    "scripts": [
        "ΟΔΟΣ Straße İstanbul",
        "हिन्दी में लिखा",
        "日本語の文 BM25",
        "naïve cafe\u0301 E=mc²",
        "\U0001d400 🎉 snake_case",
    ],
    "empty": ["", "!?", ""],
    "one": ["cat cat cat"],
}
QUERIES = {
    "animals": ["Why do cats purr, cat?", "a a lion", "nothing here fits", "dogs"],
    "scripts": ["οδος ISTANBUL bm25 हिन्दी", "cafe\u0301 mc² 日本語の文", "snake case \U0001d400"],
    "empty": ["cat", "!"],
    "one": ["cat", "cat dog cat"],
}
SETTINGS = [(1.2, 0.75, 0.5), (0.0, 0.0, 0.0), (2.5, 1.0, 1.0), (0.6, 0.3, 0.35)]
ANSWERS = [
    "A cat purrs with its larynx [1]. Dr. Who says [2, 3]: no!\n\nSee [12] and [1,2]. [1]",
    "",
    "No citation; [x] [1234] [] [0].",
    "🎉 हिन्दी [1]。次の文。",
]


def other_scores(count, row):
    """Made-up scores of another retriever, exact in float64, with ties."""
    return [((number * 5 + row * 3) % 8) / 4 - 0.5 for number in range(count)]


def make_case(name, query, k1, b, weight):
    """One query: what went in, and every column with its ranking."""
    passages = PASSAGES[name]
    retrievers = {f"other {row}": lambda _, row=row: other_scores(len(passages), row) for row in range(2)}
    scores = PassageScores(passages, None, retrievers)
    scores.measure(query)
    asked, parts = scores.parts(query, k1, b)
    return {
        "passages": name,
        "query": query,
        "settings": {"k1": k1, "b": b, "weight": weight},
        "names": scores.names,
        "others": [other_scores(len(passages), row) for row in range(2)],
        "words": asked,
        "parts": np.asarray(parts).tolist(),
        "columns": [
            {
                "name": column,
                "scores": scores.scores(query, column, k1, b, weight).tolist(),
                "ranking": scores.ranking(query, column, k1, b, weight),
            }
            for column in scores.columns
        ],
    }


def make_vectors():
    """The content of rag_inspector.json."""
    cases = [
        make_case(name, query, *settings)
        for name, queries in QUERIES.items()
        for query in queries
        for settings in SETTINGS
    ]
    answers = [
        {"answer": one, "cited": [number for *_, numbers in citations(one) for number in numbers], "shares": rows}
        for one in ANSWERS
        for rows in [[[sentence, shares] for sentence, shares in shared_words(one, PASSAGES["animals"])]]
    ]
    prompts = [
        {
            "template": template,
            "passages": passages,
            "question": question,
            "prompt": prompt,
            "stamp": text_stamp(prompt),
        }
        for template in (TEMPLATE, "{question}|{passages}", "x{passages}{question}")
        for passages, question in [(["A {question}", "{passages} $& 🎉"], "Why {passages}?"), ([], "q")]
        for prompt in [fill(template, passages, question)]
    ]
    fits = [
        {"costs": costs, "fixed": fixed, "limit": limit, "count": fitting(costs, fixed, limit)}
        for costs, fixed, limit in [
            ([30, 40, 20], 20, 100),
            ([30], 80, 100),
            ([], 5, 1),
            ([9, 9], 0, 0),
            ([5, 5], 0, 10),
        ]
    ]
    found = {text: [list(one) for one in words(text)] for text in ["It's BM25", "हिन्दी", "_a_b ΟΔΟΣ", ""]}
    return {
        "made_by": "tests/vectors/make_rag_inspector.py",
        "passages": PASSAGES,
        "cases": cases,
        "answers": answers,
        "prompts": prompts,
        "fits": fits,
        "words": found,
    }


if __name__ == "__main__":
    text = json.dumps(make_vectors()).replace('{"passages": "', '\n{"passages": "')  # a case a line
    PATH.write_text(text + "\n", encoding="utf-8")
