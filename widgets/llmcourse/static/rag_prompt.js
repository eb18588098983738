// The prompt and what can be traced in an answer, for the page: as rag_prompt.py does in Python.
import { wordsOf } from "./rag_retrieval.js";
import { countedText, sentenceBounds } from "./splitters.js";

const CITATION = /\[([0-9]{1,3}(?:, ?[0-9]{1,3})*)\]/g;

// The prompt in pieces: [{ text, place }], `place` of a passage (0, 1, …) or null for the words around.
export function promptPieces(template, passages, question) {
  return template.split(/(\{passages\}|\{question\})/).flatMap((part) => {
    if (part === "{question}") return [{ text: question, place: null, asked: true }];
    if (part !== "{passages}") return [{ text: part, place: null }];
    return passages.flatMap((passage, place) => [...(place ? [{ text: "\n\n", place: null }] : []), { text: `[${place + 1}] ${passage}`, place }]);
  }).filter(({ text }) => text !== "");
}

// How many passages, best first, fit: the worst fall out first. `limit` 0 is no limit.
export function fittingPassages(costs, fixed, limit) {
  let total = fixed;
  for (let count = 0; count < costs.length; count++) {
    total += costs[count];
    if (limit && total > limit) return count;
  }
  return costs.length;
}

// An answer in pieces: [{ text, cited }], `cited` the numbers of a citation or null.
export function answerPieces(answer) {
  const pieces = [];
  let past = 0;
  for (const match of answer.matchAll(CITATION)) {
    pieces.push({ text: answer.slice(past, match.index), cited: null }, { text: match[0], cited: match[1].split(",").map(Number) });
    past = match.index + match[0].length;
  }
  return [...pieces, { text: answer.slice(past), cited: null }].filter(({ text }) => text !== "");
}

// Of each answer sentence's different words, the share that stands in each passage: [{ sentence, shares }].
export function sharedWords(answer, passages) {
  const text = countedText(answer), bounds = sentenceBounds(text), rows = [];
  const held = passages.map((passage) => new Set(wordsOf(passage).map(({ word }) => word)));
  for (let at = 0; at < bounds.length - 1; at++) {
    const sentence = text.slice(bounds[at], bounds[at + 1]);
    const said = Array.from(new Set(wordsOf(sentence.replace(CITATION, " ")).map(({ word }) => word)));
    if (said.length) rows.push({ sentence: sentence.trim(), shares: held.map((words) => said.filter((word) => words.has(word)).length / said.length) });
  }
  return rows;
}
