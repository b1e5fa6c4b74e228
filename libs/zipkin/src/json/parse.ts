import { goJsonSyntaxError } from "@spoor/go-text";
import { ZipkinError } from "../errors.ts";
import type { ZipkinLimits } from "../limits.ts";

export type JsonObject = Readonly<Record<string, unknown>>;

/**
 * Parses JSON after checking by its bytes alone that it cannot grow beyond the limits. Bad JSON is an error with Go's text, behind
 * `prefix`.
 */
export function parseJson(body: Uint8Array, limits: ZipkinLimits, prefix: string): unknown {
  checkSize(body, limits);
  const text = Buffer.from(body.buffer, body.byteOffset, body.length).toString("utf8");
  try {
    return JSON.parse(text);
  } catch (error) {
    const problem = goJsonSyntaxError(body) ?? "invalid JSON";
    throw new ZipkinError("MALFORMED", `${prefix}${problem}`, { cause: error });
  }
}

/** Refuses what has more or deeper objects and arrays than allowed: counts brackets outside of strings, whether they match or not. */
export function checkSize(body: Uint8Array, limits: ZipkinLimits): void {
  let depth = 0;
  let elements = 0;
  let spans = 0;
  const end = body.length;
  for (let i = 0; i < end; i++) {
    const byte = body[i] as number;
    if (byte === 0x22) {
      for (i++; i < end; i++) {
        const inner = body[i] as number;
        if (inner === 0x22) break;
        if (inner === 0x5c) i++;
      }
    } else if (byte === 0x7b || byte === 0x5b) {
      if (depth === 1 && ++spans > limits.maxSpans) throw tooMuch(`more than ${limits.maxSpans} spans`);
      if (++depth > limits.maxNesting) throw tooMuch("exceeded max depth");
      if (++elements > limits.maxElements) throw tooMuch(`more than ${limits.maxElements} objects and arrays`);
    } else if (byte === 0x7d || byte === 0x5d) depth--;
  }
}

function tooMuch(problem: string): ZipkinError {
  return new ZipkinError("LIMIT_EXCEEDED", problem);
}

export function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Go's word for the kind of a JSON value. */
function kindOf(value: unknown): string {
  if (Array.isArray(value)) return "array";
  return typeof value === "boolean" ? "bool" : value === null ? "null" : typeof value;
}

/** Go's `json.UnmarshalTypeError`: `field` is a Go struct field, or undefined for a value that is no field. */
export function typeError(value: unknown, field: string | undefined, type: string): ZipkinError {
  const isNumber = typeof value === "number" && /^u?int/.test(type);
  const what = isNumber ? `number ${value}` : kindOf(value);
  const into = field === undefined ? "Go value" : `Go struct field ${field}`;
  return new ZipkinError("MALFORMED", `json: cannot unmarshal ${what} into ${into} of type ${type}`);
}
