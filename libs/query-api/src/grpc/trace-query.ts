import type { TraceQuery } from "@spoor/storage-api";
import { clampLimit, durationBounds } from "../http/trace-query.ts";
import type { SearchLimits } from "../options.ts";
import type { TraceQueryMessage } from "./requests.ts";

/** Where a search without bounds of time begins and ends: what 64-bit nanoseconds can hold. */
const EARLIEST_NS = -(2n ** 63n);
const LATEST_NS = 2n ** 63n - 1n;

/** A search as the query service takes it. Times that are not there are no bounds, as in v1. */
export function traceQueryOf(message: TraceQueryMessage, limits: SearchLimits): TraceQuery {
  return {
    serviceName: message.serviceName,
    ...(message.operationName === "" ? {} : { operationName: message.operationName }),
    tags: message.tags,
    startTimeMinNs: message.startTimeMinNs ?? EARLIEST_NS,
    startTimeMaxNs: message.startTimeMaxNs ?? LATEST_NS,
    ...durationBounds(message.durationMinNs, message.durationMaxNs),
    limit: clampLimit(message.searchDepth, limits),
  };
}
