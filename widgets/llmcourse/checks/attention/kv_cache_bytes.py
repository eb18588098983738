"""Exercise: Bytes that the KV cache of the embedded model grows by with each token, in 32-bit numbers."""

from ...exercise import Exercise, Mistake

EXERCISE = Exercise(
    name="attention.kv_cache_bytes",
    goal="Bytes that the KV cache of the embedded model grows by with each token, in 32-bit numbers.",
    solution=30 * 2 * 3 * 64 * 4,
    mistakes=[
        Mistake("values forgotten", 30 * 3 * 64 * 4, "A cache keeps keys and values: twice as much."),
        Mistake(
            "query heads counted",
            30 * 2 * 9 * 64 * 4,
            "9 is the number of query heads. Queries are used once and thrown away; only the 3 key heads and "
            "3 value heads are kept.",
        ),
        Mistake("one layer only", 2 * 3 * 64 * 4, "That is one layer. Each of the 30 layers keeps its own."),
        Mistake("numbers, not bytes", 30 * 2 * 3 * 64, "You counted numbers. A 32-bit number takes 4 bytes."),
        Mistake("one head only", 30 * 2 * 64 * 4, "That is one key head and one value head. There are 3 of each."),
    ],
    hint="layers × (keys and values) × key heads × head size × bytes of one number.",
    second_hint="30 layers, 2 for keys and values, 3 key heads, 64 features. A 32-bit number takes 4 bytes.",
    worked="30 * 2 * 3 * 64 * 4  # 46,080",
    statement=(
        "The embedded model runs here in 32-bit numbers. It has 30 layers, 9 query heads, 3 key heads, and "
        "heads of 64 features. By how many **bytes** does its KV cache grow with each token? (Its logits, for"
        " comparison, take 196,608 bytes a token.)"
    ),
    difficulty=1,
    minutes=3,
)
