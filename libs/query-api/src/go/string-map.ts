import { goJsonSyntaxError } from "@spoor/go-text";
import { invalidParameter } from "../errors.ts";

/** JSON read into Go's `map[string]string`; errors carry the text of Go's `json.Unmarshal`. */
export function parseStringMap(json: string): ReadonlyMap<string, string> {
  const value = parse(json);
  const map = new Map<string, string>();
  if (value === null) return map;
  if (typeof value !== "object" || Array.isArray(value))
    throw invalidParameter(`json: cannot unmarshal ${kindOf(value)} into Go value of type map[string]string`);
  for (const [key, member] of Object.entries(value)) {
    if (member === null) map.set(key, "");
    else if (typeof member === "string") map.set(key, member);
    else throw invalidParameter(`json: cannot unmarshal ${kindOf(member)} into Go value of type string`);
  }
  return map;
}

function parse(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    throw invalidParameter(goJsonSyntaxError(Buffer.from(json)) ?? "invalid JSON");
  }
}

function kindOf(value: unknown): string {
  if (Array.isArray(value)) return "array";
  return typeof value === "boolean" ? "bool" : typeof value;
}
