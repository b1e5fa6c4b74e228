import { StorageError, type TraceQuery } from "@spoor/storage-api";
import type { TagFields } from "../document/tag-fields.ts";
import { MOST_INDEXED_LENGTH } from "../indices/mappings.ts";

type Clause = Readonly<Record<string, unknown>>;

const NESTED_TAGS = ["tags", "process.tags", "logs.fields"] as const;
const FIELD_TAGS = ["tag", "process.tag"] as const;
/** What a `long` holds; a bound beyond it is none. */
const MAX_LONG = 2n ** 63n - 1n;
const DECIMAL = /^-?(?:\d+(?:\.\d+)?)(?:e[+-]\d+)?$/;

/** The query of the server for spans that meet every condition. Values compare exactly: nothing in them has a meaning. */
export function spanQuery(query: TraceQuery, fields: TagFields): Clause {
  const filter: Clause[] = [
    { range: { startTime: { gte: long(query.startTimeMinNs / 1000n), lte: long(query.startTimeMaxNs / 1000n) } } },
  ];
  if (query.serviceName !== undefined) filter.push({ term: { "process.serviceName": query.serviceName } });
  if (query.operationName !== undefined) filter.push({ term: { operationName: query.operationName } });
  if (query.durationMinNs !== undefined || query.durationMaxNs !== undefined) {
    filter.push({
      range: {
        duration: {
          ...(query.durationMinNs === undefined ? {} : { gte: long(query.durationMinNs / 1000n) }),
          ...(query.durationMaxNs === undefined ? {} : { lte: long(query.durationMaxNs / 1000n) }),
        },
      },
    });
  }
  for (const [key, value] of query.tags) filter.push(tagClause(key, value, fields));
  return { bool: { filter } };
}

export function checkQuery(query: TraceQuery): void {
  if (!Number.isInteger(query.limit) || query.limit < 1) {
    throw new StorageError("INVALID_QUERY", `limit must be at least 1, not ${query.limit}`);
  }
}

/** A condition that the indices cannot answer because a text is longer than what they hold; `undefined` when there is none. */
export function unsearchable(query: TraceQuery): string | undefined {
  const texts = [query.serviceName ?? "", query.operationName ?? "", ...query.tags.keys(), ...query.tags.values()];
  return texts.some((text) => text.length > MOST_INDEXED_LENGTH)
    ? `names and values of more than ${MOST_INDEXED_LENGTH} characters are not indexed`
    : undefined;
}

function tagClause(key: string, value: string, fields: TagFields): Clause {
  const should: Clause[] = NESTED_TAGS.map((path) => ({
    nested: {
      path,
      query: { bool: { filter: [{ term: { [`${path}.key`]: key } }, { term: { [`${path}.value`]: value } }] } },
    },
  }));
  // Earlier settings, or another collector, may have made fields of tags: they are looked at whatever the settings of today.
  if (key.trim() !== "") {
    const field = fields.fieldOf(key);
    for (const object of FIELD_TAGS) should.push({ terms: { [`${object}.${field}`]: fieldTexts(value) } });
  }
  return { bool: { should, minimum_should_match: 1 } };
}

/** A number of JSON is indexed as it is written, in which very small ones differ from v1's text: `1e-7` there, `1e-07` here. */
function fieldTexts(value: string): string[] {
  if (!DECIMAL.test(value)) return [value];
  const written = String(Number(value));
  return written === value ? [value] : [value, written];
}

function long(value: bigint): number | string {
  const bounded = value > MAX_LONG ? MAX_LONG : value < -MAX_LONG ? -MAX_LONG : value;
  return Number.isSafeInteger(Number(bounded)) ? Number(bounded) : bounded.toString();
}
