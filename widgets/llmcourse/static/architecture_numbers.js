// What a part of a model weighs and costs, from the tree that Python sends (architecture_parts.py); no page.

// Learned numbers in a part, with all its repeats.
export function partParameters(part) {
  const own = part.weights.reduce((sum, [, sizes]) => sum + sizeOf(sizes), 0);
  return part.repeat * part.children.reduce((sum, child) => sum + partParameters(child), own);
}

// Operations for one token with T tokens (and S source tokens) in view, with all repeats.
export function partFlops(part, sizes) {
  const own = part.flops[0] + part.flops[1] * sizes[part.view];
  return part.repeat * part.children.reduce((sum, child) => sum + partFlops(child, sizes), own);
}

// What comes out as text: with symbols ("B × T × 768") or, with sizes, in numbers ("1 × 512 × 768").
export function shapeText(shape, sizes = {}) {
  return shape.map((size) => sizes[size] ?? size).map((size) => (typeof size === "number" ? size.toLocaleString("en") : size)).join(" × ");
}

// A large number in a few signs: 134.5 M, 8.03 B. `units` are those for thousands, millions and so on.
export function largeNumber(value, units = ["", " K", " M", " B", " T"]) {
  let place = 0;
  while (Math.abs(value) >= 999.5 && place < units.length - 1) { value /= 1000; place++; }
  return `${place === 0 ? Math.round(value) : Number(value.toPrecision(Math.abs(value) >= 100 ? 4 : 3))}${units[place]}`;
}

// Every part of a tree by its key, in reading order.
export function partsByKey(part, found = new Map()) {
  found.set(part.key, part);
  for (const child of part.children) partsByKey(child, found);
  return found;
}

function sizeOf(sizes) {
  return sizes.reduce((product, size) => product * size, 1);
}
