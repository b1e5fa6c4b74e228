import { typeError } from "./parse.ts";

/**
 * Readers of single fields by Go's rules: `null` and absent values are the zero value, anything of another type is an error that names the
 * Go struct field.
 */
export function readString(value: unknown, field: string): string {
  if (typeof value === "string") return value;
  if (value === null || value === undefined) return "";
  throw typeError(value, field, "string");
}

export function readArray(value: unknown, field: string, type: string): readonly unknown[] {
  if (Array.isArray(value)) return value;
  if (value === null || value === undefined) return [];
  throw typeError(value, field, type);
}

/** Integers beyond 2^53, which JSON.parse has rounded already, are out of range for us: as microseconds they are after the year 2255. */
export function readInteger(value: unknown, field: string, type: string, min: number, max: number): number {
  if (typeof value === "number" && Number.isSafeInteger(value) && value >= min && value <= max) return value + 0;
  if (value === null || value === undefined) return 0;
  throw typeError(value, field, type);
}

/** Checks a field that nobody reads. */
export function checkBool(value: unknown, field: string): void {
  if (typeof value !== "boolean" && value !== null && value !== undefined) throw typeError(value, field, "bool");
}

/**
 * Names of fields as Go matches them: exactly, else without regard to case. The map holds every name under itself and under its
 * lower-case form.
 */
export function fieldNames(names: readonly string[]): ReadonlyMap<string, string> {
  return new Map(names.flatMap((name) => [[name, name] as const, [name.toLowerCase(), name] as const]));
}

/** The usual name of a field; a name that no field has stays as it is. */
export function canonicalName(name: string, names: ReadonlyMap<string, string>): string {
  return names.get(name) ?? names.get(name.toLowerCase()) ?? name;
}
