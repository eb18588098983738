"""Three short passages, written for this course: what models are measured and calibrated on without a corpus."""

from ..quantized_perplexity import TEXT as LIGHTHOUSE

BREAD = (
    "Bread needs only flour, water, salt and time. Mix the flour with the water and let it rest for half an hour: the "
    "proteins swell and find each other without any work. Then add the salt and a little yeast, and fold the dough "
    "over itself every half hour. Each fold makes it stronger. The yeast eats the sugar in the flour and gives off a "
    "gas, which fills the dough with bubbles. When it has doubled in size, shape it, let it rise once more, and bake "
    "it in a very hot oven. The steam keeps the crust soft until the bread has grown; after that the crust dries and "
    "turns brown. Wait until the loaf is cool before you cut it, because the inside is still cooking."
)
LETTER = (
    "Dear Anna, thank you for your letter, which arrived on Tuesday. The train was late, so I read it in the station "
    "with a cup of bad coffee. You ask whether the new house has a garden. It has three apple trees, a wall covered "
    "with roses and a great many stones. We moved in last month, and the children have already found a cat. The "
    "school is ten minutes away on foot. My work begins in September; until then I shall paint the kitchen and learn "
    "to repair the roof. Please come and see us before the winter, when the road over the hill is often closed. Bring "
    "warm clothes and the book about birds that you promised me. With love from all of us, Martin."
)
READING = (
    f"{LIGHTHOUSE}\n\n{BREAD}"  # to measure on; the letter is for calibration, so that nothing is tuned on the test
)
