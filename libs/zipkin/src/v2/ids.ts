import { goQuote } from "@spoor/go-text";
import { decodeUtf8 } from "@spoor/span-wire";
import { ZipkinError } from "../errors.ts";
import { isHex } from "../json/hex.ts";

/**
 * Checks a trace id, `bytes[start, end)`, of hex digits, of which all but the last 32 are zeros. Go takes the JSON text between the first and
 * last byte, whatever those are.
 */
export function checkTraceId(bytes: Uint8Array, start: number, end: number): void {
  if (start === end) throw new ZipkinError("INVALID_SPAN", "valid traceId required");
  if (end - start <= 32 && isHex(bytes, start, end)) return;
  const text = decodeUtf8(bytes, start, end);
  const split = Math.max(0, text.length - 16);
  const high = text.slice(0, split);
  if (high !== "") parseHex(high);
  parseHex(text.slice(split));
}

/** Checks a span id: of hex digits, of which all but the last 16 are zeros. */
export function checkId(bytes: Uint8Array, start: number, end: number): void {
  if (start === end) throw new ZipkinError("INVALID_SPAN", "valid span id required");
  if (end - start > 16 || !isHex(bytes, start, end)) parseHex(decodeUtf8(bytes, start, end));
}

/** Checks what Go's `strconv.ParseUint(text, 16, 64)` takes, and speaks like it. */
function parseHex(text: string): void {
  const problem = /^[0-9a-fA-F]+$/.test(text)
    ? /^0*[0-9a-fA-F]{0,16}$/.test(text)
      ? undefined
      : "value out of range"
    : "invalid syntax";
  if (problem === undefined) return;
  throw new ZipkinError("INVALID_SPAN", `strconv.ParseUint: parsing ${goQuote(text)}: ${problem}`);
}
