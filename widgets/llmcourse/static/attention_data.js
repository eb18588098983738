// The bytes of AttentionExplorer read back (attention_packing.py writes them), and the arithmetic of one weight.

const LEVELS = 65535;

// {number, heads: Map("layer.head" -> {tokens, square, levels})}; a level is a weight as a whole number of 0 … 65535.
export function readWeights(bytes) {
  const buffer = bytes.slice().buffer; // the copy starts at an address that typed arrays accept
  const [number, tokens, square, count] = new Uint32Array(buffer, 0, 4);
  const places = new Uint32Array(buffer, 16, 2 * count), cells = square ? tokens * tokens : (tokens * (tokens + 1)) / 2;
  const heads = new Map();
  for (let place = 0; place < count; place += 1) {
    const levels = new Uint16Array(buffer, 16 + 8 * count + 2 * cells * place, cells);
    heads.set(`${places[2 * place]}.${places[2 * place + 1]}`, { tokens, square: Boolean(square), levels });
  }
  return { number, heads };
}

export function levelAt({ tokens, square, levels }, query, key) {
  if (square) return levels[query * tokens + key];
  return key > query ? 0 : levels[(query * (query + 1)) / 2 + key];
}

export function weightAt(one, query, key) {
  return levelAt(one, query, key) / LEVELS;
}

// How many keys a query can see: all, or those up to itself.
export function visibleKeys({ tokens, square }, query) {
  return square ? tokens : query + 1;
}

// Map("layer.head" -> {queries, keys, size}), each tokens x size in one float32 array.
export function readQueriesKeys(bytes) {
  const found = new Map();
  if (bytes.length === 0) return { number: 0, found };
  const buffer = bytes.slice().buffer;
  const [number, tokens, size, count] = new Uint32Array(buffer, 0, 4);
  const places = new Uint32Array(buffer, 16, 2 * count);
  for (let place = 0; place < count; place += 1) {
    const start = 16 + 8 * count + 8 * tokens * size * place;
    found.set(`${places[2 * place]}.${places[2 * place + 1]}`, {
      size,
      queries: new Float32Array(buffer, start, tokens * size),
      keys: new Float32Array(buffer, start + 4 * tokens * size, tokens * size),
    });
  }
  return { number, found };
}

// Every step from a query and a key to a weight: products, their sum, the scaled scores of the row, the softmax.
export function weightSteps({ queries, keys, size }, query, key, scaling, visible) {
  const vector = (all, token) => Array.from(all.subarray(token * size, (token + 1) * size));
  const asking = vector(queries, query), asked = vector(keys, key);
  const product = asking.map((value, place) => value * asked[place]);
  const scores = Array.from({ length: visible }, (_, other) => {
    let sum = 0;
    for (let place = 0; place < size; place += 1) sum += asking[place] * keys[other * size + place];
    return sum * scaling;
  });
  const most = Math.max(...scores);
  const powers = scores.map((score) => Math.exp(score - most)); // the largest becomes 1, so none overflows
  const total = powers.reduce((sum, power) => sum + power, 0);
  const weights = powers.map((power) => power / total);
  const dot = product.reduce((sum, value) => sum + value, 0);
  return { query: asking, key: asked, product, dot, scores, weights, total: total * Math.exp(most) };
}

// The heads in the order of their values, highest first; equal ones and NaN stay in the order of the model.
export function rankedHeads(values) {
  const order = Array.from(values, (_, place) => place);
  if (Array.from(values).some(Number.isNaN)) return order;
  return order.sort((one, other) => values[other] - values[one] || one - other);
}

// A selected pair moved by an arrow key; null for keys that mean nothing here. Up and down choose the query, left and
// right the key; a query of a causal model has no keys to the right of it.
export function movedPair({ query, key }, pressed, tokens, square) {
  const last = (asking) => (square ? tokens - 1 : asking);
  if (pressed === "Escape") return { query: -1, key: -1 };
  const start = query < 0 ? { query: key < 0 ? tokens - 1 : key, key: Math.max(key, 0) } : { query, key };
  const steps = {
    ArrowUp: () => ({ query: Math.max(start.query - 1, 0), key: start.key }),
    ArrowDown: () => ({ query: Math.min(start.query + 1, tokens - 1), key: start.key }),
    ArrowLeft: () => ({ query: start.query, key: Math.max(start.key - 1, 0) }),
    ArrowRight: () => ({ query: start.query, key: Math.min(start.key + 1, last(start.query)) }),
    Home: () => ({ query: start.query, key: 0 }),
    End: () => ({ query: start.query, key: last(start.query) }),
    PageUp: () => ({ query: 0, key: start.key }),
    PageDown: () => ({ query: tokens - 1, key: start.key }),
  };
  if (!steps[pressed]) return null;
  if (query < 0) return start; // the first key press only takes a place
  const next = steps[pressed]();
  return { query: next.query, key: Math.min(next.key, last(next.query)) };
}
