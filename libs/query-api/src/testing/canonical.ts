/**
 * Bodies in a form in which only differences that a client could notice remain: what v1 leaves open (the order of
 * traces, spans, tags and lists, the numbering of processes) is sorted.
 */
type Json = null | boolean | number | string | Json[] | { [key: string]: Json };
type JsonObject = { [key: string]: Json };

export function canonicalBody(text: string): unknown {
  const value = parseExactly(text);
  if (!isObject(value)) return value;
  if (Array.isArray(value.data)) {
    const data = value.data.map((item) => (isObject(item) && Array.isArray(item.spans) ? trace(item) : item));
    return sortedKeys({ ...value, data: sorted(data), errors: sortedList(value.errors) });
  }
  const result = value.result;
  if (isObject(result)) return sorted(resourceSpans(result.resourceSpans as JsonObject[]));
  return sortedKeys({
    ...value,
    services: sortedList(value.services),
    operations: sortedList(value.operations),
  });
}

/** JSON whose large integers stay distinct; what is no JSON stays text. */
function parseExactly(text: string): Json {
  try {
    return JSON.parse(
      text.replace(/"(?:[^"\\]|\\.)*"|-?\d{16,}/g, (match) => (match.startsWith('"') ? match : `"#${match}"`)),
    );
  } catch {
    return text.trimEnd();
  }
}

function trace(item: JsonObject): JsonObject {
  const processes = item.processes as Record<string, JsonObject>;
  const spans = (item.spans as JsonObject[]).map(({ processID, ...span }) => {
    const process = processes[String(processID)] ?? {};
    return sortedKeys({
      ...span,
      tags: sortedList(span.tags),
      logs: (span.logs as JsonObject[]).map((log) => ({ ...log, fields: sortedList(log.fields) })),
      warnings: sortedList(span.warnings),
      process: { ...process, tags: sortedList(process.tags) },
    });
  });
  const used = Object.values(processes).map((process) => ({ ...process, tags: sortedList(process.tags) }));
  return sortedKeys({ ...item, spans: sorted(spans), processes: sorted(used) });
}

function resourceSpans(items: readonly JsonObject[]): JsonObject[] {
  return items.flatMap(({ resource, scopeSpans }) =>
    (scopeSpans as JsonObject[]).flatMap(({ scope, spans }) =>
      (spans as JsonObject[]).map((span) => withSortedAttributes({ resource, scope, span } as Json) as JsonObject),
    ),
  );
}

function withSortedAttributes(value: Json): Json {
  if (Array.isArray(value)) return value.map(withSortedAttributes);
  if (!isObject(value)) return value;
  const entries = Object.entries(value).map(([key, member]) => [
    key,
    key === "attributes" ? sortedList(member) : withSortedAttributes(member),
  ]);
  return sortedKeys(Object.fromEntries(entries));
}

function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function sorted<T extends Json>(items: readonly T[]): T[] {
  const keyed = items.map((item) => ({ item, key: JSON.stringify(item) }));
  return keyed.sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0)).map(({ item }) => item);
}

function sortedList(value: Json | undefined): Json {
  return Array.isArray(value)
    ? sorted(value.map((item) => (isObject(item) ? sortedKeys(item) : item)))
    : (value ?? null);
}

function sortedKeys(object: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(object).sort(([a], [b]) => (a < b ? -1 : 1)));
}
