import type { KeyValue, Log, Process, Span, SpanId, SpanReference, TraceId } from "@spoor/span-model";
import { EXTREME_KEYS, EXTREME_TAGS } from "./extreme-values.ts";
import { Random } from "./random.ts";

export interface SpanGeneratorOptions {
  /** Spans start within minutes of this time, nanoseconds since the epoch. */
  readonly baseTimeNs?: bigint;
  /** Times and durations are multiples of this; 1000n for stores that keep microseconds. */
  readonly timePrecisionNs?: bigint;
  /** A word in every service name, so that several tests can share a store. */
  readonly servicePrefix?: string;
}

export interface TraceOptions {
  readonly spans?: number;
  readonly services?: number;
  readonly traceId?: TraceId;
  readonly startTimeNs?: bigint;
}

const SECOND = 1_000_000_000n;
const SPAN_KINDS = ["client", "server", "producer", "consumer", "internal"] as const;
const OPERATIONS = ["HTTP GET /dispatch", "FindNearest", "SQL SELECT", "GetDriver", "/api/v1/x?y=z", "op:colon"];
const WORDS = ["alpha", "bravo", "cart", "delta", "edge", "geo", "hotel", "index"] as const;

/** Makes spans as real clients send them, and as attackers do. The same seed makes the same spans. */
export class SpanGenerator {
  readonly random: Random;
  readonly baseTimeNs: bigint;
  readonly timePrecisionNs: bigint;
  readonly #servicePrefix: string;
  readonly #processes = new Map<string, Process>();

  constructor(seed: number, options: SpanGeneratorOptions = {}) {
    this.random = new Random(seed);
    this.timePrecisionNs = options.timePrecisionNs ?? 1n;
    this.baseTimeNs = this.#round(options.baseTimeNs ?? hourAgoNs());
    this.#servicePrefix = options.servicePrefix ?? "svc";
  }

  traceId(bits: 64 | 128 = 128): TraceId {
    return bits === 64 ? this.random.hex(16).padStart(32, "0") : this.random.hex(32);
  }

  spanId(): SpanId {
    return this.random.hex(16);
  }

  serviceName(index: number): string {
    return `${this.#servicePrefix}-${index}`;
  }

  /** A time within `spreadSeconds` after the base time. */
  time(spreadSeconds: number = 300): bigint {
    const within =
      BigInt(this.random.between(0, spreadSeconds - 1)) * SECOND + BigInt(this.random.between(0, 999_999_999));
    return this.#round(this.baseTimeNs + within);
  }

  /** The process of a service; the same object every time, as in one batch of a client. */
  process(serviceName: string): Process {
    let process = this.#processes.get(serviceName);
    if (process === undefined) {
      const host = this.random.between(0, 9);
      process = {
        serviceName,
        tags: [
          { key: "hostname", type: "string", value: `host-${host}` },
          { key: "ip", type: "string", value: `10.0.0.${host}` },
          { key: "version", type: "string", value: this.random.pick(["v1", "v2"]) },
        ],
      };
      this.#processes.set(serviceName, process);
    }
    return process;
  }

  /** A tag of a usual key and any type. */
  tag(): KeyValue {
    const { random } = this;
    switch (random.between(0, 6)) {
      case 0:
        return { key: "http.status_code", type: "int64", value: BigInt(random.pick([200, 404, 500])) };
      case 1:
        return { key: "error", type: "bool", value: random.chance(0.5) };
      case 2:
        return { key: "ratio", type: "float64", value: random.between(0, 20) / 8 };
      case 3:
        return { key: "payload", type: "binary", value: random.bytes(random.between(0, 4)) };
      case 4:
        return { key: "http.method", type: "string", value: random.pick(["GET", "POST"]) };
      default:
        return { key: `k${random.between(0, 4)}`, type: "string", value: random.pick(WORDS) };
    }
  }

  tags(count: number): KeyValue[] {
    return Array.from({ length: count }, () => this.tag());
  }

  logs(count: number, startTimeNs: bigint): Log[] {
    return Array.from({ length: count }, (_, i) => ({
      timestampNs: startTimeNs + BigInt(i + 1) * this.timePrecisionNs,
      fields: [
        { key: "event", type: "string", value: this.random.pick(WORDS) },
        ...(this.random.chance(0.5) ? [this.tag()] : []),
      ],
    }));
  }

  /** One span; whatever `given` names is taken as it is. */
  span(given: Partial<Span> = {}): Span {
    const { random } = this;
    const startTimeNs = given.startTimeNs ?? this.time();
    const kind: KeyValue[] = random.chance(0.7)
      ? [{ key: "span.kind", type: "string", value: random.pick(SPAN_KINDS) }]
      : [];
    return {
      traceId: this.traceId(random.chance(0.2) ? 64 : 128),
      spanId: this.spanId(),
      operationName: random.pick(OPERATIONS),
      references: [],
      flags: 1,
      startTimeNs,
      durationNs: this.#round(BigInt(random.between(0, 2_000_000_000))),
      tags: [...kind, ...this.tags(random.between(0, 5))],
      logs: this.logs(random.between(0, 2), startTimeNs),
      process: given.process ?? this.process(this.serviceName(random.between(0, 4))),
      warnings: [],
      ...given,
    };
  }

  /** A trace: one root, every other span the child of an earlier one, over several services. */
  trace(options: TraceOptions = {}): Span[] {
    const { random } = this;
    const count = options.spans ?? random.between(1, 12);
    const services = options.services ?? 4;
    const traceId = options.traceId ?? this.traceId(random.chance(0.2) ? 64 : 128);
    const spans: Span[] = [];
    const start = options.startTimeNs ?? this.time();
    for (let i = 0; i < count; i++) {
      const parent = i === 0 ? undefined : random.pick(spans);
      spans.push(
        this.span({
          traceId,
          startTimeNs: this.#round(start + BigInt(random.between(0, 1_000_000)) * BigInt(i)),
          references: parent === undefined ? [] : [childOf(parent)],
          process: this.process(this.serviceName(random.between(0, services - 1))),
        }),
      );
    }
    return spans;
  }

  /** A span that carries every tag in {@link EXTREME_TAGS}, on the span, its process and a log. */
  extremeSpan(given: Partial<Span> = {}): Span {
    const startTimeNs = given.startTimeNs ?? this.time();
    return this.span({
      tags: [...EXTREME_TAGS, ...EXTREME_KEYS.map((key): KeyValue => ({ key, type: "string", value: "key" }))],
      process: { serviceName: this.serviceName(0), tags: EXTREME_TAGS },
      logs: [{ timestampNs: startTimeNs, fields: EXTREME_TAGS }],
      startTimeNs,
      ...given,
    });
  }

  /** Zipkin style: client and server half of one call share a span id; the server half has a child of its own. */
  sharedSpanIdTrace(): { readonly spans: Span[]; readonly client: Span; readonly server: Span; readonly inner: Span } {
    const traceId = this.traceId();
    const start = this.time();
    const at = (offset: bigint) => this.#round(start + offset * 1_000_000n);
    const root = this.span({ traceId, startTimeNs: start, process: this.process(this.serviceName(0)), tags: [] });
    const shared = this.spanId();
    const half = (kind: "client" | "server", service: number, offset: bigint) =>
      this.span({
        traceId,
        spanId: shared,
        operationName: kind,
        references: [childOf(root)],
        startTimeNs: at(offset),
        process: this.process(this.serviceName(service)),
        tags: [{ key: "span.kind", type: "string", value: kind }],
      });
    const client = half("client", 0, 1n);
    const server = half("server", 1, 2n);
    const inner = this.span({
      traceId,
      references: [childOf(server)],
      startTimeNs: at(3n),
      process: this.process(this.serviceName(2)),
      tags: [],
    });
    return { spans: [root, client, server, inner], client, server, inner };
  }

  #round(value: bigint): bigint {
    return value - (value % this.timePrecisionNs);
  }
}

/** The reference a child of `parent` holds. */
export function childOf(parent: Pick<Span, "traceId" | "spanId">): SpanReference {
  return { type: "CHILD_OF", traceId: parent.traceId, spanId: parent.spanId };
}

function hourAgoNs(): bigint {
  return BigInt(Math.floor(Date.now() / 1000) - 3600) * SECOND;
}
