const ESCAPED_BY_GO = /[<>&\u2028\u2029]/g;

/** A JSON string as Go's encoding/json writes it: like JavaScript's, with the characters that matter to HTML escaped too. */
export function goJsonString(text: string): string {
  const json = JSON.stringify(text);
  ESCAPED_BY_GO.lastIndex = 0;
  return ESCAPED_BY_GO.test(json)
    ? json.replace(ESCAPED_BY_GO, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`)
    : json;
}

/** A finite number as Go's encoding/json writes a float64; it differs from JavaScript's form in keeping the sign of zero. */
export function goJsonFloat(value: number): string {
  return Object.is(value, -0) ? "-0" : String(value);
}
