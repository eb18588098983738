// Sentences of the course in the page, as inline_code.py has them in HTML: what stands in backticks is code.
import { element } from "./common.js";

// The nodes of a sentence; all text goes in as text nodes.
export function withCode(sentence) {
  return sentence.split(/`([^`]+)`/).map((part, position) => (position % 2 ? element("code", {}, part) : part));
}
