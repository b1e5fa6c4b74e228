import { randomBytes } from "node:crypto";

export interface OtlpRequest {
  /** OTLP/JSON for `POST /v1/traces`. */
  readonly body: string;
  readonly traceIds: readonly string[];
}

export const SPANS_PER_TRACE = 4;

/** A request of `traces` small traces with random ids. */
export function otlpRequest(serviceName: string, traces: number): OtlpRequest {
  const traceIds = Array.from({ length: traces }, () => randomBytes(16).toString("hex"));
  const nowNs = BigInt(Date.now()) * 1_000_000n;
  const spans = traceIds.flatMap((traceId) => {
    const rootId = randomBytes(8).toString("hex");
    return Array.from({ length: SPANS_PER_TRACE }, (_, i) => ({
      traceId,
      spanId: i === 0 ? rootId : randomBytes(8).toString("hex"),
      ...(i === 0 ? {} : { parentSpanId: rootId }),
      name: i === 0 ? "root" : `step ${i}`,
      kind: 2,
      startTimeUnixNano: String(nowNs + BigInt(i * 1000)),
      endTimeUnixNano: String(nowNs + 5_000_000n),
      attributes: [{ key: "step", value: { intValue: String(i) } }],
    }));
  });
  const resource = { attributes: [{ key: "service.name", value: { stringValue: serviceName } }] };
  return { body: JSON.stringify({ resourceSpans: [{ resource, scopeSpans: [{ spans }] }] }), traceIds };
}
