// What Go's encoding/json escapes: quote, backslash, controls, HTML's < > &, the line separators. Lone surrogates, which
// UTF-8 cannot carry, only lead to the slower way.
// biome-ignore lint/suspicious/noControlCharactersInRegex: JSON allows no raw control characters.
const SPECIAL = /["\\<>&\u0000-\u001f\u2028\u2029\ud800-\udfff]/;
// biome-ignore lint/suspicious/noControlCharactersInRegex: JSON allows no raw control characters.
const ESCAPED = /["\\<>&\u0000-\u001f\u2028\u2029]/g;
const SHORT: ReadonlyMap<string, string> = new Map([
  ['"', '\\"'],
  ["\\", "\\\\"],
  ["\b", "\\b"],
  ["\f", "\\f"],
  ["\n", "\\n"],
  ["\r", "\\r"],
  ["\t", "\\t"],
]);

/** A JSON string with its quotes, escaped as Go's `json.Marshal` does. */
export function jsonString(text: string): string {
  return SPECIAL.test(text) ? `"${text.toWellFormed().replace(ESCAPED, escapeChar)}"` : `"${text}"`;
}

function escapeChar(char: string): string {
  return SHORT.get(char) ?? `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`;
}
