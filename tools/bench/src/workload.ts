import type { KeyValue, Process, Span } from "@spoor/span-model";

/** The load that baseline figures of other tracing backends were taken with: what one batch looks like. */
export interface WorkloadOptions {
  readonly spansPerBatch: number;
  readonly spansPerTrace: number;
  readonly services: number;
  readonly seed: number;
  /** Start of the newest trace, nanoseconds since the epoch. */
  readonly startNs: bigint;
  /** Traces start within this time before `startNs`. */
  readonly spreadNs: number;
  /** The low 32 bits of every span id and trace id; makes ids unique, see payload templates. */
  readonly nonce: number;
}

export interface WorkloadBatch {
  readonly process: Process;
  readonly spans: readonly Span[];
}

const METHODS = ["GET", "GET", "GET", "POST", "PUT", "DELETE"];
const PATHS = [
  "/api/v1/customers",
  "/api/v1/orders",
  "/api/v1/cart/items",
  "/dispatch",
  "/route/find-nearest",
  "/internal/inventory/reserve",
];
const STATUS = [200n, 200n, 200n, 200n, 200n, 201n, 204n, 404n, 500n];
const STATEMENTS = [
  "SELECT id, name, location FROM customers WHERE tenant_id = ? AND id = ? LIMIT 1",
  "UPDATE inventory SET reserved = reserved + ? WHERE sku = ? AND warehouse = ?",
  "INSERT INTO order_events (order_id, kind, payload, created_at) VALUES (?, ?, ?, now())",
];
const KINDS = ["server", "client", "internal", "producer", "consumer"];
const OPERATIONS_PER_SERVICE = 10;
/** 2^62: keeps 64-bit ids in the upper half of the signed range, so that every encoding has a fixed width. */
const ID_TOP = 0x40000000;

/** Batches of ~600-byte spans: 10 tags, one log with 3 fields, 4 process tags, one service a batch. */
export class Workload {
  readonly #options: WorkloadOptions;
  #state: number;
  #trace = { left: 0, idHex: "", startNs: 0n };

  constructor(options: WorkloadOptions) {
    this.#options = options;
    this.#state = options.seed >>> 0 || 1;
  }

  /** The batch number `index`; a trace longer than a batch goes on in the next. */
  next(index: number): WorkloadBatch {
    const { services, spansPerBatch, spansPerTrace } = this.#options;
    const serviceName = `svc-${pad(index % services)}`;
    const process: Process = {
      serviceName,
      tags: [
        text("hostname", `${serviceName}-${this.#hex(9)}-${this.#hex(5)}`),
        text("ip", `10.1.${this.#int(256)}.${this.#int(256)}`),
        text("client-uuid", this.#hex(16)),
        text("jaeger.version", "Go-2.30.0"),
      ],
    };
    const spans: Span[] = [];
    let ids: string[] = [];
    while (spans.length < spansPerBatch) {
      const isFirst = this.#trace.left === 0;
      if (isFirst) {
        const high = (this.#next() | 0x80000000) >>> 0;
        this.#trace = {
          left: spansPerTrace,
          idHex: hex32(high) + hex32(this.#next()) + this.#id(),
          startNs: this.#options.startNs - BigInt(Math.floor(this.#float() * this.#options.spreadNs)),
        };
        ids = [];
      }
      const parent = isFirst ? undefined : ids[this.#int(ids.length)];
      const span = this.#span(process, parent, spansPerTrace - this.#trace.left);
      ids.push(span.spanId);
      spans.push(span);
      this.#trace.left--;
    }
    return { process, spans };
  }

  #span(process: Process, parent: string | undefined, position: number): Span {
    const traceId = this.#trace.idHex;
    const startUs = this.#trace.startNs / 1000n + BigInt(position * 50 + this.#int(20));
    const durationUs =
      BigInt(500 + this.#int(200_000)) + (parent === undefined ? BigInt(this.#options.spansPerTrace * 50) : 0n);
    return {
      traceId,
      spanId: this.#id(),
      operationName: `${this.#pick(METHODS)} /op-${pad(this.#int(OPERATIONS_PER_SERVICE))}`,
      references: parent === undefined ? [] : [{ type: "CHILD_OF", traceId, spanId: parent }],
      flags: 1,
      startTimeNs: startUs * 1000n,
      durationNs: durationUs * 1000n,
      tags: this.#tags(),
      logs: [
        {
          timestampNs: (startUs + durationUs / 2n) * 1000n,
          fields: [
            text("event", "acquired-lock"),
            text("message", `lock acquired by transaction ${this.#hex(8)} with 2 transactions waiting behind`),
            text("level", "info"),
          ],
        },
      ],
      process,
      warnings: [],
    };
  }

  #tags(): readonly KeyValue[] {
    const host = `svc-${pad(this.#int(this.#options.services))}.prod.example.internal:8080`;
    return [
      text("span.kind", this.#pick(KINDS)),
      text("component", "net/http"),
      text("http.method", this.#pick(METHODS)),
      text("http.url", `http://${host}${this.#pick(PATHS)}/${this.#hex(12)}?page=${this.#int(50)}`),
      { key: "http.status_code", type: "int64", value: this.#pick(STATUS) },
      text("net.peer.ip", `10.${this.#int(256)}.${this.#int(256)}.${this.#int(256)}`),
      { key: "thread.id", type: "int64", value: BigInt(this.#int(512)) },
      text("db.statement", this.#pick(STATEMENTS)),
      text("user.id", `u-${this.#hex(16)}`),
      { key: "cache.hit", type: "bool", value: this.#int(2) === 0 },
    ];
  }

  #id(): string {
    return hex32(((this.#next() & 0x3fffffff) | ID_TOP) >>> 0) + hex32(this.#options.nonce);
  }

  #hex(length: number): string {
    let digits = "";
    while (digits.length < length) digits += hex32(this.#next());
    return digits.slice(0, length);
  }

  #pick<T>(list: readonly T[]): T {
    return list[this.#int(list.length)] as T;
  }

  #int(below: number): number {
    return Math.floor(this.#float() * below);
  }

  #float(): number {
    return this.#next() / 4294967296;
  }

  /** mulberry32: small, seedable, good enough for a workload. */
  #next(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let z = this.#state;
    z = Math.imul(z ^ (z >>> 15), z | 1);
    z ^= z + Math.imul(z ^ (z >>> 7), z | 61);
    return (z ^ (z >>> 14)) >>> 0;
  }
}

function text(key: string, value: string): KeyValue {
  return { key, type: "string", value };
}

function hex32(value: number): string {
  return (value >>> 0).toString(16).padStart(8, "0");
}

function pad(value: number): string {
  return String(value).padStart(2, "0");
}
