import { goQuote } from "@spoor/go-text";
import { ZipkinError } from "../errors.ts";

/** A trace id of up to 32 hex digits, padded to 32. Go takes the JSON text between the first and last byte, whatever those are. */
export function readTraceId(value: unknown): string {
  if (typeof value !== "string" || value === "") throw new ZipkinError("INVALID_SPAN", "valid traceId required");
  if (/^[0-9a-fA-F]{1,32}$/.test(value)) return value.padStart(32, "0");
  const split = Math.max(0, value.length - 16);
  const high = value.slice(0, split);
  if (high !== "") parseHex(high);
  parseHex(value.slice(split));
  // Leading zeros beyond 32 digits.
  return value.slice(-32);
}

/** A span id of up to 16 hex digits, padded to 16. */
export function readId(value: unknown): string {
  if (typeof value !== "string" || value === "") throw new ZipkinError("INVALID_SPAN", "valid span id required");
  if (/^[0-9a-fA-F]{1,16}$/.test(value)) return value.padStart(16, "0");
  parseHex(value);
  return value.slice(-16);
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
