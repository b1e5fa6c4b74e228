import type { EncodedSpan, SpanBatch } from "@spoor/span-wire";
import { NO_FIELDS, scanBatch, WireWriter, writeSecondsNanos } from "@spoor/span-wire";

/** Spans as real traffic has them: about 600 bytes, 10 tags, a log of 3 fields, a process of 4 tags, 10 spans a trace, one service a batch. */
export class SpanSource {
  readonly #services: number;
  readonly #baseMs: number;
  readonly #spreadMs: number;
  #state = 12_345;
  #batch = 0;

  constructor(options: { readonly services: number; readonly baseMs: number; readonly spreadMs: number }) {
    this.#services = options.services;
    this.#baseMs = options.baseMs;
    this.#spreadMs = options.spreadMs;
  }

  /** A number in [0, below). */
  random(below: number): number {
    this.#state = (Math.imul(this.#state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((this.#state / 2 ** 32) * below);
  }

  hex(digits: number): string {
    let text = "";
    while (text.length < digits) text += this.random(0x10000).toString(16).padStart(4, "0");
    return text.slice(0, digits);
  }

  /** One request's spans: `count` of them in traces of `traceSize`. */
  batch(count: number = 100, traceSize: number = 10): SpanBatch {
    const service = `svc-${String(this.#batch++ % this.#services).padStart(2, "0")}`;
    const writer = new WireWriter(count * 700);
    let traceId = Buffer.alloc(16);
    let startMs = 0;
    let ids: Buffer[] = [];
    for (let i = 0; i < count; i++) {
      if (i % traceSize === 0) {
        traceId = Buffer.from(this.hex(32), "hex");
        startMs = this.#baseMs - this.random(this.#spreadMs);
        ids = [];
      }
      const id = Buffer.from(this.hex(16), "hex");
      const parent = ids[this.random(ids.length)];
      ids.push(id);
      this.#span(writer, service, traceId, id, parent, startMs + (i % traceSize) * 0.05);
    }
    const mark = writer.begin(2);
    writer.stringField(1, service);
    tag(writer, 2, "hostname", `${service}-${this.hex(9)}-${this.hex(5)}`);
    tag(writer, 2, "ip", `10.1.${this.random(256)}.${this.random(256)}`);
    tag(writer, 2, "client-uuid", this.hex(16));
    tag(writer, 2, "jaeger.version", "Go-2.30.0");
    writer.end(mark);
    const bytes = writer.finish();
    const spans: EncodedSpan[] = scanBatch(bytes);
    return { spans, commonFields: COMMON, format: "proto", transport: "grpc", tenant: "", byteLength: bytes.length };
  }

  #span(
    writer: WireWriter,
    service: string,
    traceId: Buffer,
    id: Buffer,
    parent: Buffer | undefined,
    startMs: number,
  ): void {
    const kind = KINDS[this.random(KINDS.length)] as string;
    const mark = writer.begin(1);
    writer.bytesField(1, traceId, 0, 16);
    writer.bytesField(2, id, 0, 8);
    writer.stringField(3, `${METHODS[this.random(METHODS.length)]} /op-${this.random(20)}`);
    if (parent !== undefined) {
      const reference = writer.begin(4);
      writer.bytesField(1, traceId, 0, 16);
      writer.bytesField(2, parent, 0, 8);
      writer.end(reference);
    }
    writer.tag(5, 0);
    writer.varint32(1);
    const seconds = Math.floor(startMs / 1000);
    writeSecondsNanos(writer, 6, seconds, Math.floor((startMs - seconds * 1000) * 1000) * 1000 + this.random(20_000));
    writeSecondsNanos(writer, 7, 0, (500 + this.random(200_000)) * 1000);
    tag(writer, 8, "span.kind", kind);
    tag(writer, 8, "component", "net/http");
    tag(writer, 8, "http.method", METHODS[this.random(METHODS.length)] as string);
    const path = PATHS[this.random(PATHS.length)];
    tag(
      writer,
      8,
      "http.url",
      `http://${service}.prod.example.internal:8080${path}/${this.hex(12)}?page=${this.random(50)}`,
    );
    integer(writer, 8, "http.status_code", STATUS[this.random(STATUS.length)] as number);
    tag(writer, 8, "net.peer.ip", `10.${this.random(256)}.${this.random(256)}.${this.random(256)}`);
    integer(writer, 8, "thread.id", this.random(512));
    tag(writer, 8, "db.statement", STATEMENTS[this.random(STATEMENTS.length)] as string);
    tag(writer, 8, "user.id", `u-${this.hex(16)}`);
    const bool = writer.begin(8);
    writer.stringField(1, "cache.hit");
    writer.tag(2, 0);
    writer.varint32(1);
    if (this.random(2) === 0) {
      writer.tag(4, 0);
      writer.varint32(1);
    }
    writer.end(bool);
    const log = writer.begin(9);
    writeSecondsNanos(writer, 1, seconds, 1000);
    tag(writer, 2, "event", "retry");
    tag(writer, 2, "message", "upstream took too long, trying another replica");
    integer(writer, 2, "attempt", 1 + this.random(3));
    writer.end(log);
    writer.end(mark);
  }
}

const KINDS = ["server", "client", "internal", "producer", "consumer"];
const METHODS = ["GET", "GET", "GET", "POST", "PUT", "DELETE"];
const PATHS = ["/api/v1/customers", "/api/v1/orders", "/api/v1/cart/items", "/dispatch", "/route/find-nearest"];
const STATUS = [200, 200, 200, 200, 200, 201, 204, 404, 500];
const STATEMENTS = [
  "SELECT id, name, location FROM customers WHERE tenant_id = ? AND id = ? LIMIT 1",
  "UPDATE inventory SET reserved = reserved + ? WHERE sku = ? AND warehouse = ?",
  "INSERT INTO order_events (order_id, kind, payload, created_at) VALUES (?, ?, ?, now())",
];

function tag(writer: WireWriter, field: number, key: string, value: string): void {
  const mark = writer.begin(field);
  writer.stringField(1, key);
  writer.stringField(3, value);
  writer.end(mark);
}

function integer(writer: WireWriter, field: number, key: string, value: number): void {
  const mark = writer.begin(field);
  writer.stringField(1, key);
  writer.tag(2, 0);
  writer.varint32(2);
  writer.tag(5, 0);
  writer.varint32(value);
  writer.end(mark);
}

const COMMON = commonFields();

function commonFields(): Uint8Array {
  const writer = new WireWriter();
  tag(writer, 8, "@jaeger@format", "proto");
  return NO_FIELDS.length === 0 ? writer.finish() : NO_FIELDS;
}
