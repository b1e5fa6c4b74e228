type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json };
type JsonObject = { readonly [key: string]: Json };

const NUMBERS_AND_STRINGS = /"(?:[^"\\]|\\.)*"|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g;

/** An answer of `/api/traces` with what v1 leaves open in one order: traces, spans, tags from objects, the numbering of processes. */
export function canonicalTraces(text: string): unknown {
  // Integers that a double would round stay text; -0 is 0 in an encoded span, as in Go's protobuf.
  const exact = text.replace(NUMBERS_AND_STRINGS, (match) =>
    match === "-0" ? "0" : /^-?\d{16,}$/.test(match) ? `"#${match}"` : match,
  );
  const body = JSON.parse(exact) as JsonObject;
  if (!Array.isArray(body.data)) return body;
  return { ...body, data: sorted((body.data as JsonObject[]).map(trace)) };
}

function trace(item: JsonObject): Json {
  const processes = item.processes as { readonly [key: string]: JsonObject };
  const spans = (item.spans as JsonObject[]).map(({ processID, ...span }) => ({
    ...span,
    process: processes[String(processID)] ?? null,
  }));
  return { traceID: item.traceID ?? null, spans: sorted(spans), warnings: item.warnings ?? null };
}

function sorted(items: readonly Json[]): readonly Json[] {
  return items
    .map((item) => [JSON.stringify(item), item] as const)
    .sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))
    .map(([, item]) => item);
}
