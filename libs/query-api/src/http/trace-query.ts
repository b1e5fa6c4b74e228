import type { TraceId } from "@spoor/span-model";
import type { TraceQuery } from "@spoor/storage-api";
import { invalidParameter } from "../errors.ts";
import { parseDuration } from "../go/parse-duration.ts";
import { parseInt10 } from "../go/parse-number.ts";
import type { QueryValues } from "../go/query-values.ts";
import { parseStringMap } from "../go/string-map.ts";
import type { SearchLimits } from "../options.ts";
import { booleanParameter, named, parameter, parseTraceIdParameter, timeParameter } from "./params.ts";

/** What `GET /api/traces` asks for. */
export interface TraceSearch {
  readonly query: TraceQuery;
  /** When there are any, these traces are meant and the rest of the query is not. */
  readonly traceIds: readonly TraceId[];
  readonly raw: boolean;
}

const LOOKBACK_NS = 2n * 24n * 3_600_000_000_000n;

/** Reads the parameters in v1's order, so that of several mistakes the same one is named. */
export function parseTraceSearch(query: QueryValues, limits: SearchLimits, nowNs: bigint): TraceSearch {
  const serviceName = query.first("service");
  const startTimeMinNs = timeParameter(query, "start", 1000n, nowNs - LOOKBACK_NS);
  const startTimeMaxNs = timeParameter(query, "end", 1000n, nowNs);
  const tags = parseTags(query);
  const limitText = query.first("limit");
  const limit = limitText === "" ? limits.defaultTraces : clampLimit(parseInt10(limitText, 32), limits);
  const durationMinNs = parameter(query, "minDuration", parseDuration, 0n);
  const durationMaxNs = parameter(query, "maxDuration", parseDuration, 0n);
  const raw = booleanParameter(query, "raw");
  const traceIds = query
    .all("traceID")
    .map((id) => named("cannot parse traceID param", () => parseTraceIdParameter(id)));
  if (traceIds.length === 0 && serviceName === "") throw invalidParameter("parameter 'service' is required");
  if (durationMinNs !== 0n && durationMaxNs !== 0n && durationMaxNs < durationMinNs)
    throw invalidParameter("'maxDuration' should be greater than 'minDuration'");
  const operationName = query.first("operation");
  return {
    query: {
      serviceName,
      ...(operationName === "" ? {} : { operationName }),
      tags,
      startTimeMinNs,
      startTimeMaxNs,
      ...durationBounds(durationMinNs, durationMaxNs),
      limit,
    },
    traceIds,
    raw,
  };
}

/** A number of traces a client asks for; zero and below mean no bound in v1 and the most we give here. */
export function clampLimit(asked: bigint, limits: SearchLimits): number {
  return asked <= 0n || asked > BigInt(limits.maxTraces) ? limits.maxTraces : Number(asked);
}

/** Bounds of a span's duration; in v1 zero stands for none. */
export function durationBounds(minNs: bigint, maxNs: bigint): Pick<TraceQuery, "durationMinNs" | "durationMaxNs"> {
  return {
    ...(minNs === 0n ? {} : { durationMinNs: minNs }),
    ...(maxNs === 0n ? {} : { durationMaxNs: maxNs }),
  };
}

function parseTags(query: QueryValues): ReadonlyMap<string, string> {
  const tags = new Map<string, string>();
  for (const tag of query.all("tag")) {
    const colon = tag.indexOf(":");
    if (colon < 0) throw invalidParameter(`malformed 'tag' parameter, expecting key:value, received: ${tag}`);
    tags.set(tag.slice(0, colon), tag.slice(colon + 1));
  }
  for (const json of query.all("tags")) {
    const object = named("malformed 'tags' parameter, cannot unmarshal JSON", () => parseStringMap(json));
    for (const [key, value] of object) tags.set(key, value);
  }
  return tags;
}
