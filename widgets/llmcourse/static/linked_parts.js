// Several widgets in one: each part gets a model that is a window on the whole's (linked_parts.py is the kernel's half).

// The model of a part: its trait `layer` is the whole's `<part>__layer`. `changed(name, value)` is called for what somebody
// changed in this part of this view, and not for what the kernel or another view says: there the links between the parts
// are drawn, so that one click is one message and no answer can set them off again. `own` are traits that this page makes
// itself, changed with `put`: nothing of them goes to the kernel.
export function partModel(model, part, changed = () => {}, own = {}) {
  const values = { ...own }, listeners = new Map(), routes = new Map();
  const key = (name) => `${part}__${name}`;
  const traitOf = (event) => (event.startsWith("change:") ? event.slice(7) : "");
  const put = (name, value) => {
    if (values[name] === value) return;
    values[name] = value;
    for (const listener of [...(listeners.get(name) ?? [])]) listener();
  };
  return {
    put,
    get: (name) => (name in values ? values[name] : model.get(key(name))),
    set(name, value) {
      model.set(key(name), value);
      changed(name, value);
    },
    save_changes: () => model.save_changes(),
    send: (content) => model.send({ part, content }),
    on(event, listener) {
      const trait = traitOf(event);
      if (trait in values) listeners.set(trait, [...(listeners.get(trait) ?? []), listener]);
      else if (trait) model.on(`change:${key(trait)}`, listener);
      else if (event === "msg:custom") {
        routes.set(listener, (message, buffers) => { if (message?.part === part) listener(message.content, buffers); });
        model.on(event, routes.get(listener));
      } else model.on(event, listener);
    },
    off(event, listener) {
      const trait = traitOf(event);
      if (trait in values) listeners.set(trait, (listeners.get(trait) ?? []).filter((one) => one !== listener));
      else if (trait) model.off(`change:${key(trait)}`, listener);
      else model.off(event, routes.get(listener) ?? listener);
    },
    guard: (f) => (model.guard ? model.guard(f) : f),
  };
}

// Draws a part into its place, with its headings one level lower than it draws them alone. Returns what ends it.
export function mountPart(part, model, place) {
  const stop = part.render({ model, el: place });
  for (const heading of place.querySelectorAll("h3, h4, h5")) heading.setAttribute("aria-level", String(Number(heading.tagName[1]) + 1));
  return stop;
}
