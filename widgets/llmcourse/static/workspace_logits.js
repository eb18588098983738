// The logits of every position that have arrived, block by block; workspace.py sends them.

// `arrived()` is called for each block that belongs to the trace shown. Returns { at(position), want(position), stop() }:
// `want` asks the kernel for a position that is missing, then for the others, one block at a time, while the page rests.
export function positionLogits(model, { listen, arrived }) {
  let number = -1, found = new Map(), asked = null, resting = null;
  const count = () => model.get("tokens__ids").length;
  const take = (bytes) => {
    if (bytes.length < 16) return;
    const [trace, first, size, vocab] = new Uint32Array(bytes.slice(0, 16).buffer);
    if (trace !== number) { number = trace; found = new Map(); }
    for (let place = 0; place < size; place += 1) {
      if (!found.has(first + place)) found.set(first + place, new DataView(bytes.buffer, bytes.byteOffset + 16 + 4 * vocab * place, 4 * vocab));
    }
    asked = null;
    arrived();
    clearTimeout(resting);
    resting = setTimeout(() => want(model.get("position")), 250);
  };
  const at = (position) => (number === model.get("trace_number") ? found.get(position) ?? null : null);
  const missing = (near) => {
    for (let away = 0; away < count(); away += 1) {
      for (const position of [near - away, near + away]) if (position >= 0 && position < count() && !found.has(position)) return position;
    }
    return -1;
  };
  const want = (near) => {
    if (!model.get("live") || number !== model.get("trace_number")) return;
    const position = missing(near);
    if (position < 0 || asked === position) return;
    asked = position;
    model.send({ kind: "logits", position });
  };
  const end = listen(model, "logits_data", take);
  return { at, want, stop: () => { clearTimeout(resting); end(); } };
}
