// What a decoder-only model needs in memory: the formulas of memory_formulas.py, where their sources stand; no page.
// A part is a sum of terms, a term a product of [number, what it counts]; tests/vectors/memory_calculator.json holds both.

const BYTES = { fp32: 4, bf16: 2, fp8: 1 };

// The parts of the memory: [{ key, name, terms }] for the sizes of a model and the settings.
export function memoryParts(sizes, settings) {
  const { task } = settings, trained = storedAs(settings);
  const part = (key, name, terms) => ({ key, name, terms });
  const parts = [part("weights", "Weights", weightTerms(sizes, trained))];
  if (task === "run") return [...parts, part("cache", "KV cache", [cacheTerm(sizes, settings)]), part("activations", "Activations", workingTerms(sizes, settings))];
  const learned = learnedFactors(sizes, settings), wide = task === "train" && trained === "bf16" ? 2 : 4;
  if (task === "lora") parts.push(part("adapters", "LoRA adapters", [[...learned, [4, "bytes"]]]));
  parts.push(part("gradients", "Gradients", [[...learned, [wide, "bytes"]]]));
  if (wide === 2) parts.push(part("master", "fp32 master copy", [[...learned, [4, "bytes"]]]));
  parts.push(part("optimizer", "Optimizer states", optimizerTerms(sizes, settings, learned)));
  return [...parts, part("activations", "Activations", savedTerms(sizes, settings))];
}

// The value of a sum of products.
export function termsValue(terms) {
  return terms.reduce((sum, term) => sum + product(term), 0);
}

// The number format of the weights: full training needs 16 bits at least.
export function storedAs({ task, weights }) {
  return task === "train" && weights !== "fp32" && weights !== "bf16" ? "bf16" : weights;
}

function product(term) {
  return term.reduce((value, [number]) => value * number, 1);
}

function weightTerms(sizes, form) {
  const { parameters: total, linear } = sizes, rest = [[total - linear, "other weights"], [2, "bytes"]];
  if (form === "int8") return [[[linear, "weights in linear layers"], [1, "byte"]], [[sizes.rows, "rows"], [4, "bytes of scale"]], rest];
  if (form === "nf4") return [[[Math.ceil(linear / 2), "pairs of weights in linear layers"], [1, "byte"]], [[sizes.nf4_blocks, "blocks of 64"], [4, "bytes of scale"]], rest];
  if (form === "q4_0") return [[[Math.floor(sizes.gguf / 32), "blocks of 32 weights"], [18, "bytes (16 and a scale of 2)"]], [[total - sizes.gguf, "weights in vectors"], [4, "bytes"]]];
  return [[[total, "weights"], [BYTES[form], "bytes"]]];
}

function cacheTerm(sizes, settings) {
  return [
    [2, "keys and values"], [sizes.layers, "layers"], [sizes.kv_heads, "KV heads"], [sizes.head_size, "numbers a head"],
    [settings.batch, "sequences"], [settings.length, "tokens"], [BYTES[settings.cache], settings.cache === "fp8" ? "byte" : "bytes"],
  ];
}

function learnedFactors(sizes, settings) {
  if (settings.task === "lora") return [[settings.rank, "rank"], [sizes.sides, "inputs and outputs of the linear layers"]];
  return [[sizes.parameters, "weights"]];
}

function optimizerTerms(sizes, settings, learned) {
  const tensors = settings.task === "lora" ? 2 * sizes.matrices : sizes.tensors;
  if (settings.optimizer === "adamw") return [[...learned, [2, "moments"], [4, "bytes"]], [[tensors, "tensors"], [4, "bytes of step count"]]];
  if (settings.optimizer === "adamw8") return [[...learned, [2, "moments"], [1, "byte"]], [[Math.ceil(product(learned) / 256), "blocks of 256"], [2, "moments"], [4, "bytes of scale"]]];
  if (settings.optimizer === "momentum") return [[...learned, [1, "momentum"], [4, "bytes"]]];
  return [[[0, "SGD keeps nothing"]]];
}

function elementSize(settings) {
  return storedAs(settings) === "fp32" ? 4 : 2;
}

// What is alive at once in a forward pass over all tokens: the widest of MLP, attention and logits.
function workingTerms(sizes, settings) {
  const { width, gated } = sizes, queries = sizes.heads * sizes.head_size, element = elementSize(settings);
  const tokens = [[settings.batch, "sequences"], [settings.length, "tokens"]];
  const mlp = gated ? 4 * width + 3 * sizes.mlp_width : 2 * width + 5 * sizes.mlp_width;
  const phases = [
    [[...tokens, [mlp, "numbers alive in an MLP"], [element, "bytes"]]],
    [[...tokens, [4 * width + 6 * queries, "numbers alive in attention"], [element, "bytes"]]],
    [[[settings.batch, "sequences"], [sizes.vocabulary, "logits"], [4, "bytes"]]],
  ];
  if (settings.attention === "eager") {
    const wide = gated && element === 2 ? element + 8 : 2 * element;
    phases[1].push([...tokens, [sizes.heads, "heads"], [settings.length, "scores"], [wide, "bytes (before and after softmax)"]]);
  }
  return phases.reduce((most, terms) => (termsValue(terms) > termsValue(most) ? terms : most));
}

// What the forward pass saves for the backward pass.
function savedTerms(sizes, settings) {
  const { width, layers, gated } = sizes, element = elementSize(settings), eager = settings.attention === "eager";
  const queries = sizes.heads * sizes.head_size, keys = sizes.kv_heads * sizes.head_size, halved = gated && element === 2;
  const tokens = [[settings.batch, "sequences"], [settings.length, "tokens"]];
  const attention = eager ? 4 * queries : 2 * queries + 2 * keys;
  let inside = (gated ? 6 : 4) * width + attention + (gated ? 4 : 5) * sizes.mlp_width;
  if (settings.task === "lora") inside += Math.floor(settings.rank * sizes.matrices / layers);
  const kept = settings.checkpointing ? [[1, "layer recomputed"]] : [[layers, "layers"]];
  const terms = [[...kept, ...tokens, [inside + (halved ? 2 * width : 0), "numbers saved a token"], [element, "bytes"]]];
  if (eager) terms.push([...kept, ...tokens, [sizes.heads, "heads"], [settings.length, "scores"], [halved ? 6 : element, "bytes"]]);
  if (settings.checkpointing) terms.push([[layers, "inputs of layers"], ...tokens, [width, "numbers"], [element, "bytes"]]);
  terms.push([...tokens, [(gated ? 3 : 2) * width + (halved ? width : 0), "numbers of the final norm"], [element, "bytes"]]);
  terms.push([...tokens, [sizes.vocabulary, "logits"], [4, "bytes"]]);
  return terms;
}
