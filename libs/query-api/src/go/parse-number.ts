import { goQuote } from "@spoor/go-text";
import { invalidParameter, type QueryApiError } from "../errors.ts";

/**
 * Go's `strconv.ParseInt(text, 10, bits)`. Errors carry Go's text; `name` is the Go function the text names
 * (`Atoi` for 64 bits has its own).
 */
export function parseInt10(text: string, bits: 32 | 64, name: "ParseInt" | "Atoi" = "ParseInt"): bigint {
  if (!/^[+-]?[0-9]+$/.test(text)) throw syntaxError(name, text);
  const value = BigInt(text.startsWith("+") ? text.slice(1) : text);
  if (BigInt.asIntN(bits, value) !== value) throw rangeError(name, text);
  return value;
}

/** Go's `strconv.ParseUint(text, 16, 64)`, as 16 lower-case digits. */
export function parseHex64(text: string): string {
  if (!/^[0-9a-fA-F]+$/.test(text)) throw syntaxError("ParseUint", text);
  const digits = text.toLowerCase().replace(/^0+/, "");
  if (digits.length > 16) throw rangeError("ParseUint", text);
  return digits.padStart(16, "0");
}

const TRUE: ReadonlySet<string> = new Set(["1", "t", "T", "TRUE", "true", "True"]);
const FALSE: ReadonlySet<string> = new Set(["0", "f", "F", "FALSE", "false", "False"]);

/** Go's `strconv.ParseBool`. */
export function parseBool(text: string): boolean {
  if (TRUE.has(text)) return true;
  if (FALSE.has(text)) return false;
  throw syntaxError("ParseBool", text);
}

const DECIMAL_FLOAT = /^[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]+)?$/;
const NAMED_FLOAT = /^(nan|[+-]?inf(inity)?)$/i;

/** Go's `strconv.ParseFloat(text, 64)`, without hexadecimal floats. */
export function parseFloat64(text: string): number {
  if (NAMED_FLOAT.test(text)) {
    if (/nan/i.test(text)) return Number.NaN;
    return text.startsWith("-") ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
  }
  if (!DECIMAL_FLOAT.test(text)) throw syntaxError("ParseFloat", text);
  const value = Number(text);
  if (!Number.isFinite(value)) throw rangeError("ParseFloat", text);
  return value;
}

function syntaxError(name: string, text: string): QueryApiError {
  return invalidParameter(`strconv.${name}: parsing ${goQuote(text)}: invalid syntax`);
}

function rangeError(name: string, text: string): QueryApiError {
  return invalidParameter(`strconv.${name}: parsing ${goQuote(text)}: value out of range`);
}
