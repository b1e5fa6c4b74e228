// What Go's encoding/json escapes: quote, backslash, controls, HTML's < > &, the line separators; lone surrogates
// cannot be written as UTF-8.
const SPECIAL = /["\\<>&\u0000-\u001f\u2028\u2029\ud800-\udfff]/;
const SPECIALS =
  /["\\<>&\u0000-\u001f\u2028\u2029]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g;
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
  return SPECIAL.test(text) ? `"${text.replace(SPECIALS, escape)}"` : `"${text}"`;
}

function escape(char: string): string {
  if (char >= "\ud800" && char <= "\udfff") return "\\ufffd";
  return SHORT.get(char) ?? `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`;
}
