import type { KeyValueJson, SpanJson, TraceJson } from "./trace-json.ts";
import { serviceOf, valueText } from "./trace-json.ts";

/** A find text taken apart: lower-case terms of which one must be found, and key parts of tags to leave out. */
export interface FindTerms {
  readonly include: readonly string[];
  readonly excludeKeys: readonly string[];
}

/**
 * v1's rules: words are alternatives, double quotes keep a phrase together, `-x` leaves out tags whose key contains x.
 */
export function parseFind(text: string): FindTerms {
  const include: string[] = [];
  const excludeKeys: string[] = [];
  for (const match of text.toLowerCase().matchAll(/(-?)"([^"]*)"?|(\S+)/g)) {
    const [, minus = "", phrase, word = ""] = match;
    if (phrase !== undefined) {
      if (phrase !== "") (minus === "-" ? excludeKeys : include).push(phrase);
    } else if (word.startsWith("-") && word.length > 1) {
      excludeKeys.push(word.slice(1));
    } else {
      include.push(word);
    }
  }
  return { include, excludeKeys };
}

const containsAny = (text: string, terms: readonly string[]): boolean => {
  for (const term of terms) if (text.includes(term)) return true;
  return false;
};

/** A function that tells whether a span of the trace matches; it remembers what it found out about processes. */
export function spanMatcher(trace: TraceJson, terms: FindTerms): (span: SpanJson) => boolean {
  const { include, excludeKeys } = terms;
  const ids = new Set(include.map(withoutZeros));
  const processMatches = new Map<string, boolean>();

  const inKeyValues = (list: readonly KeyValueJson[] | null | undefined): boolean => {
    for (const { key, value } of list ?? []) {
      const name = String(key).toLowerCase();
      if (excludeKeys.length > 0 && containsAny(name, excludeKeys)) continue;
      // `key=value` contains the key and the value, so one look finds all three.
      if (containsAny(`${name}=${valueText(value).toLowerCase()}`, include)) return true;
    }
    return false;
  };
  const inProcess = (span: SpanJson): boolean => {
    const id = span.processID ?? "";
    let known = processMatches.get(id);
    if (known === undefined) {
      known = containsAny(serviceOf(trace, span).toLowerCase(), include) || inKeyValues(trace.processes?.[id]?.tags);
      processMatches.set(id, known);
    }
    return known;
  };

  if (include.length === 0) return () => false;
  return (span) =>
    containsAny((span.operationName ?? "").toLowerCase(), include) ||
    inProcess(span) ||
    inKeyValues(span.tags) ||
    (span.logs ?? []).some((log) => inKeyValues(log.fields)) ||
    ids.has(withoutZeros((span.spanID ?? "").toLowerCase()));
}

const withoutZeros = (id: string): string => id.replace(/^0+/, "");
