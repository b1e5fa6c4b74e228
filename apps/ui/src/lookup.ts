/**
 * Where the box of the top bar leads: a known service's search, else a trace when the text is a trace id (up to 32 hex digits),
 * else a search for the text as a service. Undefined for an empty text.
 */
export function lookupTarget(text: string, services: readonly string[]): string | undefined {
  const trimmed = text.trim();
  if (trimmed === "") return undefined;
  const exact = services.includes(trimmed);
  if (!exact && /^[0-9a-f]{1,32}$/i.test(trimmed)) return `trace/${trimmed.toLowerCase()}`;
  return `search?${new URLSearchParams({ service: trimmed, lookback: "1h", limit: "20" })}`;
}
