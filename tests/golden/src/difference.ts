const MOST = 8;

/** Where two answers differ, as lines `path: want … got …`; empty when they are the same. */
export function differences(want: unknown, got: unknown, path = "", found: string[] = []): readonly string[] {
  if (found.length >= MOST || want === got) return found;
  if (isContainer(want) && isContainer(got) && Array.isArray(want) === Array.isArray(got)) {
    if (Array.isArray(want) && Array.isArray(got) && want.length !== got.length)
      found.push(`${path}.length: want ${want.length} got ${got.length}`);
    for (const key of new Set([...Object.keys(want), ...Object.keys(got)]))
      differences(want[key], got[key], `${path}/${key}`, found);
    return found;
  }
  found.push(`${path}: want ${shown(want)} got ${shown(got)}`);
  return found;
}

function isContainer(value: unknown): value is Readonly<Record<string, unknown>> {
  return value !== null && typeof value === "object";
}

function shown(value: unknown): string {
  const text = JSON.stringify(value) ?? "(absent)";
  return text.length > 220 ? `${text.slice(0, 220)}…` : text;
}
