// What Go escapes: quote, backslash, controls, HTML's < > &, the line separators; lone surrogates have no UTF-8.
// biome-ignore lint/suspicious/noControlCharactersInRegex: JSON allows no raw control characters.
const SPECIAL = /["\\<>&\u0000-\u001f\u2028\u2029\ud800-\udfff]/;
/** What Go escapes beyond JSON's own rules. */
const ESCAPES: readonly (readonly [string, string])[] = ["<", ">", "&", "\u2028", "\u2029"].map((char) => [
  char,
  `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`,
]);

const SHORT = 1024;

/** A JSON string with its quotes, as Go's `json.Marshal` writes it; a lone surrogate becomes U+FFFD. */
export function goJsonString(text: string): string {
  if (!SPECIAL.test(text)) return `"${text}"`;
  let json = JSON.stringify(text.toWellFormed());
  for (const [char, escaped] of ESCAPES) {
    if (!json.includes(char)) continue;
    // A hostile text may be all escapes: splitting then takes a sixth of the time, while it costs more for the usual short ones.
    json = json.length < SHORT ? json.replaceAll(char, escaped) : json.split(char).join(escaped);
  }
  return json;
}

/** A finite number as Go's `json.Marshal` writes a float64: JavaScript's form, which lacks only the sign of zero. */
export function goJsonFloat(value: number): string {
  return Object.is(value, -0) ? "-0" : String(value);
}
