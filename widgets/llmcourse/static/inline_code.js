// Sentences of the course in the page, as inline_code.py has them in HTML: what stands in backticks is code.
import { element } from "./common.js";

// The nodes of a sentence; all text goes in as text nodes.
export function withCode(sentence) {
  const parts = sentence.split("`");
  if (parts.length % 2 === 0) parts.push(`\`${parts.pop()}`); // a backtick without a partner stands for itself
  return parts.map((part, position) => (position % 2 ? element("code", {}, part) : part));
}
