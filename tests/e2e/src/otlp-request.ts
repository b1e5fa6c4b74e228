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

const SPANS_PER_BODY = 1000;
const FAN_OUT = 9;

/** A trace of so many spans in requests of 1,000, as a tree; every other level is another service, `NAME-store`. */
export function bigTrace(
  serviceName: string,
  spans: number,
): { readonly bodies: readonly string[]; readonly traceId: string } {
  const traceId = randomBytes(16).toString("hex");
  const startNs = BigInt(Date.now()) * 1_000_000n;
  const idOf = (index: number) => (index + 1).toString(16).padStart(16, "0");
  const depthOf = (index: number): number => (index === 0 ? 0 : 1 + depthOf(Math.floor((index - 1) / FAN_OUT)));
  const spanOf = (index: number) => ({
    traceId,
    spanId: idOf(index),
    ...(index === 0 ? {} : { parentSpanId: idOf(Math.floor((index - 1) / FAN_OUT)) }),
    name: `operation ${index % 50}`,
    kind: 2,
    startTimeUnixNano: String(startNs + BigInt(index) * 1000n),
    endTimeUnixNano: String(startNs + BigInt(index) * 1000n + BigInt(Math.floor(20_000_000 / (1 + depthOf(index))))),
    attributes: [{ key: "machine.part", value: { intValue: String(index) } }],
  });
  const resourceSpans = (name: string, indexes: readonly number[]) => ({
    resource: { attributes: [{ key: "service.name", value: { stringValue: name } }] },
    scopeSpans: [{ spans: indexes.map(spanOf) }],
  });
  const bodies: string[] = [];
  for (let from = 0; from < spans; from += SPANS_PER_BODY) {
    const indexes = Array.from({ length: Math.min(SPANS_PER_BODY, spans - from) }, (_, i) => from + i);
    const own = indexes.filter((index) => depthOf(index) % 2 === 0);
    const store = indexes.filter((index) => depthOf(index) % 2 === 1);
    bodies.push(
      JSON.stringify({
        resourceSpans: [resourceSpans(serviceName, own), resourceSpans(`${serviceName}-store`, store)],
      }),
    );
  }
  return { bodies, traceId };
}
