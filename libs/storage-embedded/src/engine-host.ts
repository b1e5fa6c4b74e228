import { Engine } from "./engine.ts";
import { EngineError, messageOf } from "./engine-error.ts";
import type { Calls, LogFields, Reply, Request } from "./messages.ts";
import type { EngineOptions } from "./options.ts";
import type { PackedSpans } from "./packed-spans.ts";
import type { OpenDatabase } from "./slice.ts";
import type { TraceChunk, TraceCursor } from "./trace-cursor.ts";

/** Traces that are being read at once; the one idle longest is given up for another. */
const MAX_CURSORS = 256;
const STATS_INTERVAL_MS = 1000;

export type Post = (reply: Reply, transfer?: readonly ArrayBuffer[]) => void;

/** Runs an engine behind messages: requests in, replies out. */
export class EngineHost {
  readonly #engine: Engine;
  readonly #post: Post;
  readonly #cursors = new Map<number, TraceCursor>();
  readonly #aborted = new Set<number>();
  readonly #running = new Set<number>();
  readonly #timers: NodeJS.Timeout[] = [];
  #lastCursor = 0;

  private constructor(engine: Engine, post: Post) {
    this.#engine = engine;
    this.#post = post;
  }

  static async start(options: EngineOptions, openDatabase: OpenDatabase, post: Post): Promise<EngineHost> {
    const logAt = (level: "info" | "warn" | "error") => (message: string, fields: LogFields) =>
      post({ type: "log", level, message, fields });
    const log = { info: logAt("info"), warn: logAt("warn"), error: logAt("error") };
    const engine = await Engine.open(options, { openDatabase, log, nowMs: Date.now });
    const host = new EngineHost(engine, post);
    const maintainMs = Math.min(10_000, Math.max(20, Math.min(options.sliceMs, options.retentionMs) / 4));
    host.#timers.push(setInterval(() => engine.maintain(), maintainMs));
    host.#timers.push(setInterval(() => post({ type: "stats", stats: engine.stats() }), STATS_INTERVAL_MS));
    post({ type: "stats", stats: engine.stats() });
    post({ type: "ready", tenants: engine.tenants() });
    return host;
  }

  /** Answers one request. `onClosed` is called after the engine closed and said so. */
  handle(request: Request, onClosed: () => void): void {
    const { id } = request;
    if (request.name === "abort") {
      if (this.#running.has(id)) this.#aborted.add(id);
      return;
    }
    this.#running.add(id);
    this.#answer(request)
      .then(
        ({ answer, transfer }) => this.#post({ type: "answer", id, answer }, transfer),
        (error: unknown) => {
          const code = error instanceof EngineError ? error.code : "UNAVAILABLE";
          this.#post({ type: "error", id, code, message: messageOf(error) });
        },
      )
      .finally(() => {
        this.#running.delete(id);
        this.#aborted.delete(id);
        if (request.name === "close") onClosed();
      });
  }

  async #answer(
    request: Exclude<Request, { name: "abort" }>,
  ): Promise<{ answer: unknown; transfer?: readonly ArrayBuffer[] }> {
    const engine = this.#engine;
    switch (request.name) {
      case "write": {
        const { ask } = request;
        await engine.write(ask);
        const memory = [ask.bytes.buffer, ask.meta.buffer] as ArrayBuffer[];
        return { answer: memory satisfies Calls["write"]["answer"], transfer: memory };
      }
      case "openTraces": {
        const cursor = engine.openTraces(request.ask.tenant, request.ask.ids);
        const chunk = this.#next(cursor, 0);
        const number = chunk.done ? 0 : this.#keep(cursor);
        return { answer: { chunk, cursor: number }, transfer: memoryOf(chunk.packed) };
      }
      case "nextTraces": {
        const cursor = this.#cursors.get(request.ask);
        if (cursor === undefined) throw new EngineError("UNAVAILABLE", "the read was given up: too many are open");
        // Used last: it moves to the end.
        this.#cursors.delete(request.ask);
        this.#cursors.set(request.ask, cursor);
        const chunk = this.#next(cursor, request.ask);
        return { answer: chunk, transfer: memoryOf(chunk.packed) };
      }
      case "closeTraces":
        this.#cursors.get(request.ask)?.close();
        this.#cursors.delete(request.ask);
        return { answer: undefined };
      case "search":
        return { answer: await engine.search(request.ask, () => this.#aborted.has(request.id)) };
      case "services":
        return { answer: engine.services(request.ask) };
      case "operations": {
        const { tenant, serviceName, spanKind } = request.ask;
        return { answer: engine.operations(tenant, serviceName, spanKind) };
      }
      case "dependencies": {
        const { tenant, startTimeMs, endTimeMs } = request.ask;
        return { answer: await engine.dependencies(tenant, startTimeMs, endTimeMs) };
      }
      case "close":
        for (const timer of this.#timers) clearInterval(timer);
        await engine.close();
        return { answer: undefined };
    }
  }

  /** The next chunk; a cursor that is done or fails is closed. */
  #next(cursor: TraceCursor, number: number): TraceChunk {
    let chunk: TraceChunk | undefined;
    try {
      chunk = cursor.next();
      return chunk;
    } finally {
      if (chunk === undefined || chunk.done) {
        cursor.close();
        this.#cursors.delete(number);
      }
    }
  }

  #keep(cursor: TraceCursor): number {
    if (this.#cursors.size >= MAX_CURSORS) {
      for (const [number, oldest] of this.#cursors) {
        oldest.close();
        this.#cursors.delete(number);
        break;
      }
    }
    this.#cursors.set(++this.#lastCursor, cursor);
    return this.#lastCursor;
  }
}

function memoryOf(packed: PackedSpans): ArrayBuffer[] {
  return [packed.bytes.buffer as ArrayBuffer, packed.meta.buffer as ArrayBuffer];
}
