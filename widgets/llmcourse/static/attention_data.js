// The bytes of AttentionExplorer read back (attention_packing.py writes them), and the arithmetic of one weight.

const LEVELS = 65535, EXACT_PARTS = 24;

// {number, heads: Map("layer.head" -> {tokens, keys, square, levels})}; a level is a weight as a whole number of
// 0 … 65535. How many keys there are follows from the size of a head's cells.
export function readWeights(bytes) {
  if (bytes.length === 0) return { number: 0, heads: new Map() };
  const buffer = bytes.slice().buffer; // the copy starts at an address that typed arrays accept
  const [number, tokens, square, count] = new Uint32Array(buffer, 0, 4);
  const places = new Uint32Array(buffer, 16, 2 * count), cells = (buffer.byteLength - 16 - 8 * count) / 2 / count;
  const heads = new Map();
  for (let place = 0; place < count; place += 1) {
    const levels = new Uint16Array(buffer, 16 + 8 * count + 2 * cells * place, cells);
    heads.set(`${places[2 * place]}.${places[2 * place + 1]}`, { tokens, keys: square ? cells / tokens : tokens, square: Boolean(square), levels });
  }
  return { number, heads };
}

// The heads of a long text, whose exact weights come in parts: the same with {rows, columns, pool, shades, parts}
// instead of levels. A shade of 0 … 255 is 255 times the root of the strongest of pool x pool weights.
export function readOverviews(bytes, tokens, keys, square) {
  if (bytes.length === 0) return { number: 0, heads: new Map() };
  const [number, rows, columns, pool, count] = new Uint32Array(bytes.slice(0, 20).buffer);
  const places = new Uint32Array(bytes.slice(20, 20 + 8 * count).buffer), heads = new Map();
  for (let place = 0; place < count; place += 1) {
    const start = 20 + 8 * count + rows * columns * place;
    const shades = bytes.subarray(start, start + rows * columns);
    heads.set(`${places[2 * place]}.${places[2 * place + 1]}`, { tokens, keys, square, rows, columns, pool, shades, parts: [] });
  }
  return { number, heads };
}

// A part of a head of a long text: {number, place: "layer.head", query, key, rows, columns, levels}; null for none.
export function readExact(bytes) {
  if (bytes.length === 0) return null;
  const buffer = bytes.slice().buffer;
  const [number, layer, head, query, key, rows, columns] = new Uint32Array(buffer, 0, 7);
  return { number, place: `${layer}.${head}`, query, key, rows, columns, levels: new Uint16Array(buffer, 28, rows * columns) };
}

// Puts an exact part to those a head already has; the oldest goes when there are many.
export function keepPart(one, part) {
  one.parts = [part, ...one.parts.filter(({ query, key, rows, columns }) => query !== part.query || key !== part.key || rows !== part.rows || columns !== part.columns)].slice(0, EXACT_PARTS);
}

const covers = (part, { query, key, rows, columns }) => query >= part.query && key >= part.key
  && query + rows <= part.query + part.rows && key + columns <= part.key + part.columns;

// Whether the exact weights of a part of the matrix are here: always for a short text.
export function isExact(one, query, key, rows = 1, columns = 1) {
  return Boolean(one.levels) || one.parts.some((part) => covers(part, { query, key, rows, columns }));
}

// The level of a weight, or -1 while it is not here.
export function levelAt(one, query, key) {
  if (!one.square && key > query) return 0;
  if (one.levels) return one.levels[one.square ? query * one.keys + key : (query * (query + 1)) / 2 + key];
  const part = one.parts.find((other) => covers(other, { query, key, rows: 1, columns: 1 }));
  return part ? part.levels[(query - part.query) * part.columns + key - part.key] : -1;
}

// A weight, or NaN while it is not here.
export function weightAt(one, query, key) {
  const level = levelAt(one, query, key);
  return level < 0 ? NaN : level / LEVELS;
}

// The strongest weight of the pixel in which a weight of a long text lies.
export function strongestAt({ shades, columns, pool }, query, key) {
  return (shades[Math.floor(query / pool) * columns + Math.floor(key / pool)] / 255) ** 2;
}

// How many keys a query can see: all, or those up to itself.
export function visibleKeys({ keys, square }, query) {
  return square ? keys : query + 1;
}

// {number, found: Map("layer.head" -> {queries, keys, size})}: tokens x size in one float32 array each.
export function readQueriesKeys(bytes) {
  const found = new Map();
  if (bytes.length === 0) return { number: 0, found };
  const buffer = bytes.slice().buffer;
  const [number, tokens, size, count] = new Uint32Array(buffer, 0, 4);
  const places = new Uint32Array(buffer, 16, 2 * count), numbers = (buffer.byteLength - 16 - 8 * count) / 4 / count;
  for (let place = 0; place < count; place += 1) {
    const start = 16 + 8 * count + 4 * numbers * place;
    found.set(`${places[2 * place]}.${places[2 * place + 1]}`, {
      size,
      queries: new Float32Array(buffer, start, tokens * size),
      keys: new Float32Array(buffer, start + 4 * tokens * size, numbers - tokens * size),
    });
  }
  return { number, found };
}

// {number, found: Map("layer.head" -> what is added to a score, by key - query + queries - 1)}.
export function readBiases(bytes) {
  const found = new Map();
  if (bytes.length === 0) return { number: 0, found };
  const buffer = bytes.slice().buffer, [number, count] = new Uint32Array(buffer, 0, 2);
  const places = new Uint32Array(buffer, 8, 2 * count), length = (buffer.byteLength - 8 - 8 * count) / 4 / count;
  for (let place = 0; place < count; place += 1) {
    found.set(`${places[2 * place]}.${places[2 * place + 1]}`, new Float32Array(buffer, 8 + 8 * count + 4 * length * place, length));
  }
  return { number, found };
}

// Every step from a query and a key to a weight: products, their sum, the scaled scores of the row with what is added
// to them (-Infinity: the query may not look there), the softmax.
export function weightSteps({ queries, keys, size, bias }, query, key, scaling, visible) {
  const vector = (all, token) => Array.from(all.subarray(token * size, (token + 1) * size));
  const asking = vector(queries, query), asked = vector(keys, key), tokens = queries.length / size;
  const product = asking.map((value, place) => value * asked[place]);
  const added = Array.from({ length: visible }, (_, other) => (bias ? bias[other - query + tokens - 1] : 0));
  const scores = added.map((more, other) => {
    let sum = 0;
    for (let place = 0; place < size; place += 1) sum += asking[place] * keys[other * size + place];
    return sum * scaling + more;
  });
  const most = scores.reduce((high, score) => Math.max(high, score), -Infinity);
  const powers = scores.map((score) => Math.exp(score - most)); // the largest becomes 1, so none overflows
  const total = powers.reduce((sum, power) => sum + power, 0);
  const weights = powers.map((power) => power / total);
  const dot = product.reduce((sum, value) => sum + value, 0);
  const seen = scores.filter((score) => score > -Infinity).length;
  return { query: asking, key: asked, product, dot, added, scores, weights, seen, total: total * Math.exp(most) };
}

// The heads in the order of their values, highest first; equal ones and NaN stay in the order of the model.
export function rankedHeads(values) {
  const order = Array.from(values, (_, place) => place);
  if (Array.from(values).some(Number.isNaN)) return order;
  return order.sort((one, other) => values[other] - values[one] || one - other);
}

// A selected pair moved by an arrow key; null for keys that mean nothing here. Up and down choose the query, left and
// right the key; a query of a causal model has no keys to the right of it.
export function movedPair({ query, key }, pressed, tokens, square, keys = tokens) {
  const last = (asking) => (square ? keys - 1 : asking);
  if (pressed === "Escape") return { query: -1, key: -1 };
  const start = query < 0 ? { query: key < 0 ? tokens - 1 : Math.min(key, tokens - 1), key: Math.max(key, 0) } : { query, key };
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
