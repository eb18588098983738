// BM25 and the joining of rankings, for the page: as scratch/retrieval.py and rag_retrieval.py compute them in Python.

const FUSION_CONSTANT = 60; // Cormack et al. 2009
export const BM25_NAME = "BM25";
export const WEIGHTED_NAME = "weighted sum";
export const FUSION_NAME = "rank fusion";

// The words of a text with their places in it: [{ start, end, word }].
export function wordsOf(text) {
  return Array.from(text.matchAll(/[\p{L}\p{N}\p{M}]+/gu), (match) => ({ start: match.index, end: match.index + match[0].length, word: match[0].toLowerCase() }));
}

// What BM25 asks of passages: for each word the passages that hold it and how often; lengths in words.
export function indexPassages(passages) {
  const holding = new Map(), lengths = [];
  passages.forEach((passage, number) => {
    const words = wordsOf(passage);
    lengths.push(words.length);
    for (const { word } of words) {
      if (!holding.has(word)) holding.set(word, new Map());
      holding.get(word).set(number, (holding.get(word).get(number) ?? 0) + 1);
    }
  });
  return { count: passages.length, holding, lengths, mean: lengths.reduce((sum, one) => sum + one, 0) / Math.max(passages.length, 1) };
}

// What each word of the query adds to each passage: { scores, words: [{ word, times, idf, adds: Map(passage -> part), often }] }.
export function bm25Scores(index, query, k1, b) {
  const asked = new Map(), scores = new Float64Array(index.count);
  for (const { word } of wordsOf(query)) asked.set(word, (asked.get(word) ?? 0) + 1);
  const words = Array.from(asked, ([word, times]) => {
    const often = index.holding.get(word) ?? new Map(), adds = new Map();
    const idf = Math.log(1 + (index.count - often.size + 0.5) / (often.size + 0.5));
    for (const [number, mentions] of often) {
      const damped = k1 * (1 - b + b * index.lengths[number] / index.mean);
      const part = times * idf * mentions / (mentions + damped);
      adds.set(number, part);
      scores[number] += part;
    }
    return { word, times, idf, often, adds };
  });
  return { scores, words };
}

// Passage numbers, best first, of equal ones the first; `positive` leaves out those that score 0.
export function orderScores(scores, positive = false) {
  const ranked = Array.from(scores.keys()).filter((number) => !positive || scores[number] > 0);
  return ranked.sort((one, other) => scores[other] - scores[one] || one - other);
}

export function weightedScores(first, second, weight) {
  const [one, other] = [stretchScores(first), stretchScores(second)];
  return one.map((score, number) => (1 - weight) * score + weight * other[number]);
}

export function fusedScores(rankings, count) {
  const scores = new Float64Array(count);
  for (const ranking of rankings) ranking.forEach((number, place) => { scores[number] += 1 / (FUSION_CONSTANT + place + 1); });
  return scores;
}

// Every column that ranks a query: [{ name, scores, ranking }]; `scores` is null where only a kernel could tell.
// `others` holds the scores of the retrievers after BM25, each with NaN where there are none.
export function rankColumns(index, query, names, others, { k1, b, weight }) {
  const found = bm25Scores(index, query, k1, b);
  const known = others.map((scores) => (scores && scores.every(Number.isFinite) ? scores : null));
  const columns = [found.scores, ...known].map((scores, at) => ({ name: names[at], scores, ranking: scores ? orderScores(scores, at === 0) : [] }));
  if (names.length > 1) {
    const weighted = known[0] && weightedScores(found.scores, known[0], weight);
    const fused = known.every(Boolean) ? fusedScores(columns.map(({ ranking }) => ranking), index.count) : null;
    for (const [name, scores] of [[WEIGHTED_NAME, weighted], [FUSION_NAME, fused]]) columns.push({ name, scores, ranking: scores ? orderScores(scores) : [] });
  }
  return { columns, words: found.words };
}

export function recallAt(ranking, gold, k) {
  const wanted = new Set(gold);
  return ranking.slice(0, k).filter((number) => wanted.has(number)).length / wanted.size;
}

export function reciprocalRank(ranking, gold) {
  const place = ranking.findIndex((number) => gold.includes(number));
  return place < 0 ? 0 : 1 / (place + 1);
}

function stretchScores(scores) {
  let low = Infinity, high = -Infinity;
  for (const score of scores) { low = Math.min(low, score); high = Math.max(high, score); }
  return Float64Array.from(scores, (score) => (high > low ? (score - low) / (high - low) : 0));
}
