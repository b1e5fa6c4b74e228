/** What Go escapes in strings beyond JSON's own rules. */
const ESCAPES: readonly (readonly [string, string])[] = ["<", ">", "&", "\u2028", "\u2029"].map((char) => [
  char,
  `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`,
]);

/** A JSON string as Go's encoding/json writes it: like JavaScript's, with the characters that matter to HTML and JavaScript escaped too. */
export function goJsonString(text: string): string {
  let json = JSON.stringify(text);
  for (const [char, escaped] of ESCAPES) if (json.includes(char)) json = json.replaceAll(char, escaped);
  return json;
}

/** A finite number as Go's encoding/json writes a float64; it differs from JavaScript's form in keeping the sign of zero. */
export function goJsonFloat(value: number): string {
  return Object.is(value, -0) ? "-0" : String(value);
}
