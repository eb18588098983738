// Elo ratings in the page, as scratch/ratings.py has them: `triples` are two numbers of models and twice the first's score.

// Rates `count` models online with this K, one battle after the other; a model's rating starts at 1000.
export function eloRatings(triples, count, k) {
  const ratings = new Float64Array(count).fill(1000);
  for (let at = 0; at + 2 < triples.length; at += 3) {
    const [first, second] = [triples[at], triples[at + 1]];
    const expected = 1 / (1 + 10 ** ((ratings[second] - ratings[first]) / 400)), change = k * (triples[at + 2] / 2 - expected);
    ratings[first] += change;
    ratings[second] -= change;
  }
  return ratings;
}

// A round axis around all intervals: { low, high, place(rating) → 0 … 1 }.
export function ratingAxis(ratings) {
  const low = Math.floor((Math.min(...ratings.map((one) => one.low), 1000) - 10) / 50) * 50;
  const high = Math.ceil((Math.max(...ratings.map((one) => one.high), 1000) + 10) / 50) * 50;
  return { low, high, place: (rating) => (rating - low) / (high - low) };
}
