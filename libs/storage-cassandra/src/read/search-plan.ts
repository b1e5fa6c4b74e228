import { StorageError, type TraceQuery } from "@spoor/storage-api";
import { textValue } from "../rows/cql-writer.ts";
import type { TagIndex } from "../rows/indexed-tags.ts";
import { DurationStream } from "./duration-stream.ts";
import { IndexStream } from "./index-stream.ts";
import { ServiceStream } from "./service-stream.ts";
import type { SpanConditions } from "./span-conditions.ts";
import type { ReadTables } from "./table-reads.ts";

const SELECT_TAG =
  "SELECT start_time, trace_id, span_id FROM tag_index WHERE service_name = ? AND tag_key = ? AND tag_value = ?";
const SELECT_OPERATION =
  "SELECT start_time, trace_id FROM service_operation_index WHERE service_name = ? AND operation_name = ?";
const LARGEST_US = BigInt(Number.MAX_SAFE_INTEGER);
const LONGEST_US = 2n ** 63n - 1n;

/** Which indices answer a query, and what they leave to be looked up in the spans. */
export interface SearchPlan {
  readonly conditions: SpanConditions;
  readonly minUs: number;
  readonly maxUs: number;
  readonly tags: readonly IndexStream[];
  readonly operation: IndexStream | undefined;
  readonly duration: DurationStream | undefined;
  readonly service: ServiceStream;
  /** Some tags have no rows in an index. */
  readonly hasUnindexedTags: boolean;
}

/** Throws `INVALID_QUERY` or `UNSUPPORTED_QUERY`. */
export function planSearch(tables: ReadTables, tagIndex: TagIndex, query: TraceQuery): SearchPlan {
  if (!(query.limit >= 1)) throw new StorageError("INVALID_QUERY", `limit is ${query.limit}, at least 1 is needed`);
  const { serviceName, operationName } = query;
  if (serviceName === undefined) {
    throw new StorageError("UNSUPPORTED_QUERY", "Cassandra's indices are by service: a service name is needed");
  }
  const minUs = clampUs(ceilUs(query.startTimeMinNs));
  const maxUs = clampUs(floorUs(query.startTimeMaxNs));
  const found = [...query.tags].filter(([key, value]) => tagIndex.canFind(key, value));
  const durationUs =
    query.durationMinNs === undefined && query.durationMaxNs === undefined
      ? undefined
      : {
          min: query.durationMinNs === undefined ? -LONGEST_US : ceilUs(query.durationMinNs),
          max: query.durationMaxNs === undefined ? LONGEST_US : floorUs(query.durationMaxNs),
        };
  return {
    conditions: { serviceName, operationName, tags: query.tags, durationUs },
    minUs,
    maxUs,
    tags: found.map(
      ([key, value]) =>
        new IndexStream(tables.tagIndex, { select: SELECT_TAG, key: [serviceName, key, value].map(textValue) }, minUs),
    ),
    operation:
      operationName === undefined
        ? undefined
        : new IndexStream(
            tables.operationIndex,
            { select: SELECT_OPERATION, key: [serviceName, operationName].map(textValue) },
            minUs,
          ),
    duration:
      durationUs === undefined
        ? undefined
        : new DurationStream(tables.durationIndex, { serviceName, operationName }, durationUs, minUs),
    service: new ServiceStream(tables.serviceIndex, serviceName, minUs),
    hasUnindexedTags: found.length < query.tags.size,
  };
}

/** The first whole microsecond at or after a time. */
function ceilUs(ns: bigint): bigint {
  return -floorUs(-ns);
}

function floorUs(ns: bigint): bigint {
  const us = ns / 1000n;
  return ns < 0n && us * 1000n !== ns ? us - 1n : us;
}

function clampUs(us: bigint): number {
  return Number(us < -LARGEST_US ? -LARGEST_US : us > LARGEST_US ? LARGEST_US : us);
}
