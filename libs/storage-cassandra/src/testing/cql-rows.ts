import type { types } from "cassandra-driver";

/** Values as the recorded rows have them: bigint as text, blob as {base64}, timestamp as ISO text, -0 as "-0", a user type as an object. */
export function plainValue(value: unknown): unknown {
  if (value === null || value === undefined) return null;
  if (typeof value === "bigint") return value.toString();
  if (typeof value === "number") return Object.is(value, -0) ? "-0" : value;
  if (Buffer.isBuffer(value)) return { base64: value.toString("base64") };
  if (value instanceof Date) return value.toISOString();
  if (Array.isArray(value)) return value.map(plainValue);
  if (typeof value === "object") {
    return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, plainValue(each)]));
  }
  return value;
}

/** The other way round, for inserting a recorded row by its JSON form. */
export function plainRow(row: types.Row): Record<string, unknown> {
  return Object.fromEntries(row.keys().map((name) => [name, plainValue(row.get(name))]));
}
