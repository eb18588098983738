// A simulated server with n slots, as batch_simulation.py, where the policies and their sources are told; no page.
// tests/vectors/batch_timeline.json holds both to each other.
import { seededUniform } from "./sampling.js";

const LONGEST_PROMPT = 768, SHORTEST_PROMPT = 32, MOST_TIMES = 8;

// Requests [arrival in seconds, prompt tokens, answer tokens] from the settings { count, rate, output, spread, seed }.
export function makeRequests({ count, rate, output, spread, seed }) {
  let clock = 0;
  return Array.from({ length: count }, (_, place) => {
    clock += Math.floor(-Math.log(1 - seededUniform(seed, 0, place)) / rate * 1e6 + 0.5); // whole microseconds
    const prompt = SHORTEST_PROMPT + Math.floor(seededUniform(seed, 1, place) * (LONGEST_PROMPT - SHORTEST_PROMPT + 1));
    let deviate = 0;
    for (let step = 2; step < 14; step++) deviate += seededUniform(seed, step, place);
    deviate -= 6; // of 12 even numbers: nearly a bell
    const length = Math.floor(output * Math.exp(spread * deviate - spread * spread / 2) + 0.5);
    return [clock / 1e6, prompt, Math.min(Math.max(length, 1), MOST_TIMES * output)];
  });
}

// Continuous batching: { request, slot, start, prefill, first, done, finish } for each request, in order of arrival.
export function placeContinuously(requests, { slots, prefill_tokens: piece, step_ms: step }) {
  const free = new Array(slots).fill(0);
  return inOrder(requests).map((request) => {
    const [arrival, prompt, output] = requests[request];
    const start = Math.max(stepOf(arrival, step), Math.min(...free)), slot = free.findIndex((at) => at <= start);
    const first = start + Math.ceil(prompt / piece);
    free[slot] = first + output - 1;
    return { request, slot, start, prefill: start, first, done: free[slot], finish: free[slot] };
  });
}

// Static batching: the same.
export function placeStatically(requests, { slots, prefill_tokens: piece, step_ms: step }) {
  const waiting = inOrder(requests), placements = [];
  let free = 0;
  while (waiting.length) {
    const start = Math.max(free, stepOf(requests[waiting[0]][0], step));
    const batch = waiting.slice(0, slots).filter((request) => stepOf(requests[request][0], step) <= start);
    waiting.splice(0, batch.length);
    const first = start + Math.ceil(Math.max(...batch.map((request) => requests[request][1])) / piece);
    free = first + Math.max(...batch.map((request) => requests[request][2])) - 1;
    batch.forEach((request, slot) => {
      const [, prompt, output] = requests[request];
      placements.push({ request, slot, start, prefill: first - Math.ceil(prompt / piece), first, done: first + output - 1, finish: free });
    });
  }
  return placements;
}

// What the placements come to, by name, as measures_of in Python; `begin` and `end` are the first and last step.
export function measuresOf(requests, placements, { slots, step_ms: step }) {
  const begin = Math.min(...requests.map(([arrival]) => stepOf(arrival, step)));
  const end = Math.max(...placements.map(({ finish }) => finish)), span = end - begin;
  const sorted = (name) => placements.map((place) => place[name] * step / 1000 - requests[place.request][0]).sort((one, two) => one - two);
  const waits = sorted("first"), latencies = sorted("finish"), rank = Math.ceil(0.95 * placements.length) - 1;
  const sum = (values) => values.reduce((so, value) => so + value, 0);
  return {
    throughput: sum(requests.map(([, , output]) => output)) / (span * step / 1000),
    slot_use: sum(placements.map(({ done, prefill }) => done - prefill)) / (span * slots),
    first_token_mean: sum(waits) / waits.length, first_token_p95: waits[rank],
    latency_mean: sum(latencies) / latencies.length, latency_p95: latencies[rank],
    seconds: span * step / 1000, begin, end,
  };
}

// What a server does after `at` steps: slots at work, held and idle; requests waiting and answered; tokens written.
export function momentOf(requests, placements, { slots, step_ms: step }, at) {
  const now = { working: 0, held: 0, idle: 0, waiting: 0, answered: 0, tokens: 0 };
  for (const { request, start, prefill, first, done, finish } of placements) {
    const [arrival, , output] = requests[request];
    if (at >= finish) now.answered++;
    else if (at >= start) now[at >= prefill && at < done ? "working" : "held"]++;
    else if (stepOf(arrival, step) <= at) now.waiting++;
    now.tokens += Math.min(Math.max(at - first + 1, 0), output);
  }
  now.idle = slots - now.working - now.held;
  return now;
}

function inOrder(requests) {
  return requests.map((_, place) => place).sort((one, two) => requests[one][0] - requests[two][0] || one - two);
}

function stepOf(arrival, step) {
  return Math.ceil(arrival * 1000 / step);
}
