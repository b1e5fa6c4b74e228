import { EncodedProcess, EncodedSpan } from "./encoded-span.ts";
import { SpanWireError } from "./errors.ts";
import { DEFAULT_WIRE_LIMITS, type WireLimits } from "./limits.ts";
import { MessageScanner } from "./message-scanner.ts";
import { NO_PROCESS, ProcessTable } from "./process-table.ts";
import { rewriteSpan } from "./rewrite.ts";
import { BATCH, REQUEST, SPAN } from "./shapes.ts";
import { decodeUtf8 } from "./utf8.ts";

/** Singular fields of Span that the canonical form has at most once; a bit a field number. */
const SINGULAR = (1 << 1) | (1 << 2) | (1 << 3) | (1 << 5) | (1 << 6) | (1 << 7) | (1 << 11);

/**
 * Reads `jaeger.api_v2.PostSpansRequest{batch = 1}` from `buffer[start, end)`: see {@link scanBatch}.
 */
export function scanPostSpansRequest(
  buffer: Uint8Array,
  start: number = 0,
  end: number = buffer.length,
  limits: WireLimits = DEFAULT_WIRE_LIMITS,
): EncodedSpan[] {
  const scanner = new BatchScanner(buffer, start, end, limits);
  while (scanner.position < end) {
    const tag = scanner.tag();
    if (tag !== 0x0a) {
      scanner.skipField(tag, REQUEST);
      continue;
    }
    const outer = scanner.enter();
    // A second batch field would be merged with this one, process and all.
    scanner.batch(scanner.end === end && scanner.isFirst);
    scanner.leave(outer);
  }
  return scanner.finish();
}

/**
 * Reads `jaeger.api_v2.Batch{spans = 1, process = 2}` from `buffer[start, end)`: each span validated, canonical, and
 * with its own process or else the batch's (else {@link NO_PROCESS}). Spans that are canonical already share `buffer`.
 * Throws SpanWireError, whose message is what Go's decoder says.
 */
export function scanBatch(
  buffer: Uint8Array,
  start: number = 0,
  end: number = buffer.length,
  limits: WireLimits = DEFAULT_WIRE_LIMITS,
): EncodedSpan[] {
  const scanner = new BatchScanner(buffer, start, end, limits);
  scanner.batch(true);
  return scanner.finish();
}

/**
 * Reads one `jaeger.api_v2.Span` from `buffer[start, end)`, as {@link scanBatch} does. A span without a process gets
 * `process`. Whoever scans one span after another gives the same `processes` each time, so that they share them.
 */
export function scanSpan(
  buffer: Uint8Array,
  start: number = 0,
  end: number = buffer.length,
  limits: WireLimits = DEFAULT_WIRE_LIMITS,
  process: EncodedProcess = NO_PROCESS,
  processes?: ProcessTable,
): EncodedSpan {
  return new BatchScanner(buffer, start, end, limits, processes).span(process);
}

/** Reads a `jaeger.api_v2.Process`. The result keeps the bytes given, without a copy. */
export function scanProcess(bytes: Uint8Array, limits: WireLimits = DEFAULT_WIRE_LIMITS): EncodedProcess {
  const scanner = new MessageScanner(bytes);
  scanner.budget = limits.maxElementsPerSpan;
  scanner.process();
  return new EncodedProcess(bytes, decodeUtf8(bytes, scanner.nameStart, scanner.nameEnd));
}

class BatchScanner extends MessageScanner {
  readonly #limits: WireLimits;
  readonly #processes: ProcessTable;
  readonly #spans: EncodedSpan[] = [];
  /** Indexes of spans whose process is the batch's. */
  readonly #borrowing: number[] = [];
  #batchProcess: Uint8Array | undefined;

  constructor(
    buffer: Uint8Array,
    start: number,
    end: number,
    limits: WireLimits,
    processes: ProcessTable = new ProcessTable(),
  ) {
    super(buffer, start, end);
    this.#limits = limits;
    this.#processes = processes;
  }

  /** Nothing was scanned yet. */
  get isFirst(): boolean {
    return this.#spans.length === 0 && this.#batchProcess === undefined;
  }

  /** Reads the Batch in `[position, end)`, which `isWhole` when no other is to be merged with it. */
  batch(isWhole: boolean): void {
    const end = this.end;
    const process = isWhole ? this.#findProcess() : undefined;
    while (this.position < end) {
      const tag = this.tag();
      if (tag === 0x0a) {
        if (this.#spans.length >= this.#limits.maxSpans) {
          throw new SpanWireError("LIMIT_EXCEEDED", `batch has more than ${this.#limits.maxSpans} spans`);
        }
        const outer = this.enter();
        const span = this.span(process ?? NO_PROCESS);
        if (span.process === NO_PROCESS) this.#borrowing.push(this.#spans.length);
        this.#spans.push(span);
        this.leave(outer);
      } else if (tag === 0x12) {
        const outer = this.enter();
        this.budget = this.#limits.maxElementsPerSpan;
        this.#batchProcess = concat(this.#batchProcess, this.#processBytes());
        this.leave(outer);
      } else this.skipField(tag, BATCH);
    }
  }

  /** Validates the process in `[position, end)`; gives its bytes. */
  #processBytes(): Uint8Array {
    const { buffer, position, end } = this;
    this.process();
    return buffer.subarray(position, end);
  }

  /**
   * The batch's process, which clients send behind the spans: found by hopping over them, so that each span is made with it
   * at once. `undefined` when there is none, or several parts, or something is amiss, which the scan proper will report.
   */
  #findProcess(): EncodedProcess | undefined {
    const start = this.position;
    try {
      let bytes: Uint8Array | undefined;
      while (this.position < this.end) {
        const tag = this.varint32();
        if ((tag & 7) !== 2) return undefined;
        const at = this.bytes();
        if (tag !== 0x12) continue;
        if (bytes !== undefined) return undefined;
        bytes = this.buffer.subarray(at, this.position);
      }
      return bytes === undefined ? undefined : this.#share(bytes);
    } catch (error) {
      if (error instanceof SpanWireError) return undefined;
      throw error;
    } finally {
      this.position = start;
    }
  }

  finish(): EncodedSpan[] {
    const bytes = this.#batchProcess;
    if (bytes === undefined || this.#borrowing.length === 0) return this.#spans;
    const process = this.#share(bytes);
    for (const index of this.#borrowing) {
      const span = this.#spans[index] as EncodedSpan;
      this.#spans[index] = new EncodedSpan(
        span.buffer,
        span.start,
        span.end,
        process,
        span.traceIdStart,
        span.flags,
        span.isRoot,
      );
    }
    return this.#spans;
  }

  /** Reads the span in `[position, end)`. */
  span(fallback: EncodedProcess): EncodedSpan {
    const { buffer, position: start, end } = this;
    this.budget = this.#limits.maxElementsPerSpan;
    this.odd = false;
    let traceId = -1;
    let seen = 0;
    let flags = 0;
    let process: Uint8Array | undefined;
    /** Where the one process field begins; anything behind it makes the span odd. */
    let bodyEnd = end;
    let parent = -1;
    let followsFrom = -1;
    while (this.position < end) {
      const fieldStart = this.position;
      const tag = this.tag();
      if (tag === 0x42 && process === undefined) {
        this.keyValue();
        continue;
      }
      const bit = 1 << (tag >>> 3);
      if (tag < 128 && (seen & bit & SINGULAR) !== 0) this.odd = true;
      if (tag < 128) seen |= bit;
      if (process !== undefined && tag !== 0x52) this.odd = true;
      switch (tag) {
        case 0x42:
          this.keyValue();
          break;
        case 0x4a:
          this.log();
          break;
        case 0x0a:
          traceId = this.traceId();
          // A reference before the id could not be compared with it.
          if ((seen & (1 << 4)) !== 0) this.odd = true;
          break;
        case 0x12:
          this.spanId();
          break;
        case 0x1a:
        case 0x5a:
          this.bytes();
          break;
        case 0x22:
          this.reference();
          if (this.odd || parent >= 0) break;
          if (traceId < 0) this.odd = true;
          else if (this.refType < 2 && sameTraceId(buffer, traceId, this.refTraceId)) {
            if (this.refType === 0) parent = this.refSpanId;
            else if (followsFrom < 0) followsFrom = this.refSpanId;
          }
          break;
        case 0x28:
          flags = this.varint32();
          break;
        case 0x32:
          this.timestamp();
          break;
        case 0x3a:
          this.duration();
          break;
        case 0x52: {
          const outer = this.enter();
          process = concat(process, this.#processBytes());
          this.leave(outer);
          if (fieldStart < bodyEnd) bodyEnd = fieldStart;
          break;
        }
        case 0x62:
          this.spend();
          this.bytes();
          break;
        default:
          this.skipField(tag, SPAN);
      }
    }
    const owner = process === undefined ? fallback : this.#share(process);
    // Trace id, span id, start time and duration.
    if (this.odd || (seen & 0xc6) !== 0xc6) return this.#rewritten(start, end, owner);
    const parentSpanId = parent >= 0 ? parent : followsFrom;
    const isRoot = parentSpanId < 0 || isZero(buffer, parentSpanId);
    return new EncodedSpan(buffer, start, bodyEnd, owner, traceId, flags, isRoot);
  }

  #rewritten(start: number, end: number, process: EncodedProcess): EncodedSpan {
    const bytes = rewriteSpan(this.buffer, start, end);
    return new BatchScanner(bytes, 0, bytes.length, this.#limits).span(process);
  }

  #share(bytes: Uint8Array): EncodedProcess {
    // A copy, so that a process that is remembered does not keep the whole request.
    return this.#processes.share(bytes, (content) => scanProcess(new Uint8Array(content), this.#limits));
  }
}

/** Two occurrences of a message field mean their concatenation. */
function concat(first: Uint8Array | undefined, second: Uint8Array): Uint8Array {
  return first === undefined ? second : Buffer.concat([first, second]);
}

function sameTraceId(buffer: Uint8Array, a: number, b: number): boolean {
  for (let i = 15; i >= 0; i--) if (buffer[a + i] !== buffer[b + i]) return false;
  return true;
}

function isZero(buffer: Uint8Array, at: number): boolean {
  for (let i = at; i < at + 8; i++) if (buffer[i] !== 0) return false;
  return true;
}
