import * as fs from "node:fs";
import type { TraceId } from "@spoor/span-model";
import type { EncodedSpan } from "@spoor/span-wire";
import { spanFacts } from "@spoor/span-wire";
import type { DependencyLink, Operation } from "@spoor/storage-api";
import { BlockScratch } from "./block-scratch.ts";
import { writeBlock } from "./block-writer.ts";
import { countNewCalls } from "./dependencies.ts";
import { DirectoryLock } from "./directory-lock.ts";
import { EngineError, messageOf } from "./engine-error.ts";
import { Journal } from "./journal-set.ts";
import { Memtable } from "./memtable.ts";
import type { EngineLog, EngineStats } from "./messages.ts";
import { type Name, NameIndex } from "./name-index.ts";
import type { EngineOptions } from "./options.ts";
import type { PackedSpans } from "./packed-spans.ts";
import { type SearchAnswer, search } from "./search.ts";
import type { SearchQuery } from "./search-query.ts";
import type { OpenDatabase } from "./slice.ts";
import { SliceStore } from "./slice-store.ts";
import { TraceCursor } from "./trace-cursor.ts";
import type { View } from "./view.ts";

const RETRY_MIN_MS = 200;
const RETRY_MAX_MS = 5000;
const MINUTE_MS = 60_000;
/** An open block holds an index row of about 16 KiB for each condition. */
const MAX_OPEN_BLOCKS = 2048;

export interface EngineEnvironment {
  readonly openDatabase: OpenDatabase;
  readonly log: EngineLog;
  readonly nowMs: () => number;
}

/** A memtable that is becoming a block. */
interface Sealing {
  readonly memtable: Memtable;
  readonly names: readonly Name[];
  /** Resolves when the block is there or the engine closes. */
  readonly done: Promise<void>;
  /** Why the last attempt failed; the next is under way or will be. */
  failure: unknown;
}

/**
 * The store itself, on the worker's thread. A write is appended to the journal and to the active memtable, and is done when the
 * journal reached the disk. A full (or old) memtable becomes a block of the current slice, in one transaction and in small steps,
 * while the next memtable takes the writes; then its part of the journal goes.
 */
export class Engine {
  readonly #options: EngineOptions;
  readonly #environment: EngineEnvironment;
  readonly #lock: DirectoryLock;
  readonly #names = new NameIndex();
  readonly #slices: SliceStore;
  readonly #journal: Journal;
  #active: Memtable;
  #activeNames: Name[] = [];
  #spare: Memtable | undefined;
  #sealing: Sealing | undefined;
  /** The end of the queue of writes. */
  #turn: Promise<unknown> = Promise.resolve();
  #closing = false;
  #wake: (() => void) | undefined;
  readonly #scratch = new BlockScratch();
  readonly #onSealFailure: (() => void)[] = [];
  #flushes = 0;
  #flushFailures = 0;
  #spansWritten = 0;
  #bytesWritten = 0;
  #blocksWritten = 0;
  #blockFailures = 0;
  #blockMs = 0;

  private constructor(options: EngineOptions, environment: EngineEnvironment, lock: DirectoryLock) {
    this.#options = options;
    this.#environment = environment;
    this.#lock = lock;
    this.#slices = new SliceStore(options, environment.openDatabase, this.#names, environment.log);
    this.#journal = new Journal(options.directory, environment.log);
    this.#active = new Memtable(options.blockSpans, options.blockBytes);
  }

  /** Takes the directory, opens its slices and reads the journal that no block holds yet. */
  static async open(options: EngineOptions, environment: EngineEnvironment): Promise<Engine> {
    fs.mkdirSync(options.directory, { recursive: true });
    const lock = DirectoryLock.acquire(environment.openDatabase, options.directory);
    const engine = new Engine(options, environment, lock);
    try {
      await engine.#recover();
      return engine;
    } catch (error) {
      engine.#closing = true;
      engine.#slices.close();
      lock.release();
      throw error;
    }
  }

  async #recover(): Promise<void> {
    this.#slices.load();
    this.maintain();
    for (const { number, records } of this.#journal.recover(this.#slices.lastSegment)) {
      for (const { packed, arrivalMs } of records) {
        await this.#makeRoom(packed);
        if (!this.#active.segments.includes(number)) this.#active.segments.push(number);
        this.#addToActive(packed, arrivalMs);
      }
      if (!this.#active.segments.includes(number) && records.length === 0) this.#journal.release([number]);
    }
  }

  /** Resolves when the spans are durable and readable. Throws EngineError. */
  async write(packed: PackedSpans): Promise<void> {
    const turn = this.#turn.then(() => this.#append(packed));
    this.#turn = turn.catch(() => undefined);
    try {
      const synced = await turn;
      await synced();
      this.#flushes++;
      this.#spansWritten += packed.spanCount;
      this.#bytesWritten += packed.bytes.length;
    } catch (error) {
      this.#flushFailures++;
      if (error instanceof EngineError) throw error;
      throw new EngineError("UNAVAILABLE", `the spans could not be written: ${messageOf(error)}`, { cause: error });
    }
  }

  async #append(packed: PackedSpans): Promise<() => Promise<void>> {
    if (this.#closing) throw new EngineError("CLOSED", "the store is closed");
    await this.#makeRoom(packed);
    const arrivalMs = this.#environment.nowMs();
    const segment = this.#journal.append(packed, arrivalMs);
    if (!this.#active.segments.includes(segment.number)) this.#active.segments.push(segment.number);
    // Begun before indexing so that the disk works meanwhile.
    const synced = segment.sync();
    synced.catch(() => undefined);
    this.#addToActive(packed, arrivalMs);
    return () => synced;
  }

  #addToActive(packed: PackedSpans, arrivalMs: number): void {
    const added = this.#active.add(packed, arrivalMs, (tenant, span) => this.#noteName(tenant, span));
    if (!added) throw new EngineError("REJECTED", "the spans have more processes than a block can hold");
  }

  #noteName(tenant: string, span: EncodedSpan): void {
    const { operationName, spanKind } = spanFacts(span);
    const name: Name = { tenant, service: span.process.serviceName, operation: operationName, spanKind };
    this.#activeNames.push(name);
    this.#names.add(name, this.#slices.nextGeneration);
  }

  /** Makes the active memtable one that these spans fit into. */
  async #makeRoom(packed: PackedSpans): Promise<void> {
    const { spanCount, bytes } = packed;
    const fits = () =>
      this.#active.hasRoomFor(spanCount, bytes.length) && this.#active.processes.entries.length + spanCount <= 65_536;
    if (fits()) return;
    if (this.#active.spanCount > 0) {
      while (this.#sealing !== undefined) {
        if (this.#sealing.failure !== undefined) {
          throw new EngineError("UNAVAILABLE", `the disk refuses writes: ${messageOf(this.#sealing.failure)}`, {
            cause: this.#sealing.failure,
          });
        }
        await Promise.race([this.#sealing.done, this.#sealingFailed()]);
        if (this.#closing) throw new EngineError("CLOSED", "the store is closed");
      }
      this.#seal();
    }
    if (!this.#active.hasRoomFor(spanCount, bytes.length)) {
      this.#active = new Memtable(Math.max(spanCount, this.#options.blockSpans), bytes.length);
    }
  }

  /** Resolves at the next failure of a seal. */
  #sealingFailed(): Promise<void> {
    return new Promise((resolve) => {
      this.#onSealFailure.push(resolve);
    });
  }

  /** Turns the active memtable into a block, in the background. */
  #seal(): void {
    const memtable = this.#active;
    const names = this.#activeNames;
    this.#active = this.#spare ?? new Memtable(this.#options.blockSpans, this.#options.blockBytes);
    this.#spare = undefined;
    this.#activeNames = [];
    this.#journal.startSegment();
    const sealing: Sealing = {
      memtable,
      names,
      failure: undefined,
      done: Promise.resolve().then(() => this.#sealUntilDone(sealing)),
    };
    this.#sealing = sealing;
  }

  async #sealUntilDone(sealing: Sealing): Promise<void> {
    const { memtable } = sealing;
    const { log } = this.#environment;
    for (let waitMs = RETRY_MIN_MS; ; waitMs = Math.min(waitMs * 2, RETRY_MAX_MS)) {
      if (this.#closing) return;
      try {
        await this.#writeBlock(sealing);
        break;
      } catch (error) {
        this.#blockFailures++;
        if (sealing.failure === undefined) {
          log.error("a block cannot be written; its spans stay in the journal", { error: messageOf(error) });
        }
        sealing.failure = error;
        for (const resolve of this.#onSealFailure.splice(0)) resolve();
        this.#slices.dropExpired(this.#environment.nowMs());
        await this.#pause(waitMs);
      }
    }
    if (sealing.failure !== undefined) log.info("blocks can be written again", {});
    for (const resolve of this.#onSealFailure.splice(0)) resolve();
    this.#sealing = undefined;
    this.#journal.release(memtable.segments);
    if (memtable.pins === 0 && memtable.capacity === this.#options.blockSpans && this.#spare === undefined) {
      memtable.reset();
      this.#spare = memtable;
    }
    this.maintain();
  }

  async #writeBlock(sealing: Sealing): Promise<void> {
    const { memtable, names } = sealing;
    const began = performance.now();
    const earlier: View = { slices: this.#slices.views(), memtables: [] };
    const calls = await countNewCalls(memtable, earlier, (slice, error) => this.#slices.problem(slice, error));
    const nowMs = this.#environment.nowMs();
    const lastSegment = Math.max(...memtable.segments);
    const hashes = memtable.traceHash.subarray(0, memtable.traceCount);
    await this.#slices.addBlock(memtable.firstArrivalMs, nowMs, hashes, (slice, id) =>
      slice.transaction(async (insert) => {
        const header = await writeBlock(memtable, id, lastSegment, this.#scratch, (kind, number, data) =>
          insert.row(id, kind, number, data),
        );
        insert.names(names);
        insert.calls(calls);
        return header;
      }),
    );
    this.#blocksWritten++;
    this.#blockMs += performance.now() - began;
  }

  /** Seals what is old and drops what is past its time; to be called now and then. */
  maintain(): void {
    const nowMs = this.#environment.nowMs();
    const { sliceMs } = this.#options;
    if (this.#active.spanCount > 0 && this.#sealing === undefined && nowMs - this.#active.firstArrivalMs >= sliceMs)
      this.#seal();
    if (this.#slices.dropExpired(nowMs))
      this.#slices.expireNames(this.#active.spanCount > 0 || this.#sealing !== undefined);
  }

  #view(): View {
    const memtables: Memtable[] = [];
    if (this.#sealing !== undefined) memtables.push(this.#sealing.memtable);
    if (this.#active.spanCount > 0) memtables.push(this.#active);
    return { slices: this.#slices.views(), memtables };
  }

  openTraces(tenant: string, ids: readonly TraceId[]): TraceCursor {
    return new TraceCursor(this.#view(), tenant, ids, (slice, error) => this.#slices.problem(slice, error));
  }

  async search(query: SearchQuery, isAborted: () => boolean): Promise<SearchAnswer> {
    const limits = { timeoutMs: this.#options.searchTimeoutMs, maxOpenBlocks: MAX_OPEN_BLOCKS };
    const view = this.#view();
    return pinned(view, () =>
      search(view, query, limits, isAborted, (slice, error) => this.#slices.problem(slice, error)),
    );
  }

  services(tenant: string): readonly string[] {
    return this.#names.services(tenant);
  }

  operations(tenant: string, serviceName: string, spanKind: string | undefined): readonly Operation[] {
    return this.#names.operations(tenant, serviceName, spanKind);
  }

  async dependencies(tenant: string, startTimeMs: number, endTimeMs: number): Promise<readonly DependencyLink[]> {
    const fromMinute = Math.floor(startTimeMs / MINUTE_MS);
    const toMinute = Math.floor(endTimeMs / MINUTE_MS);
    const links = new Map<string, { parent: string; child: string; callCount: number; source: string }>();
    const add = (parent: string, child: string, calls: number) => {
      const key = `${parent.length}:${parent}${child}`;
      const link = links.get(key);
      if (link === undefined) links.set(key, { parent, child, callCount: calls, source: "" });
      else link.callCount += calls;
    };
    const view = this.#view();
    for (const { slice } of view.slices) {
      try {
        slice.addCalls(tenant, fromMinute, toMinute, add);
      } catch (error) {
        this.#slices.problem(slice, error);
      }
    }
    await pinned(view, async () => {
      for (const [i, memtable] of view.memtables.entries()) {
        const earlier = { slices: view.slices, memtables: view.memtables.slice(0, i) };
        const counts = await countNewCalls(memtable, earlier, (slice, error) => this.#slices.problem(slice, error));
        for (const edge of counts.values()) {
          if (edge.tenant === tenant && edge.minute >= fromMinute && edge.minute <= toMinute)
            add(edge.parent, edge.child, edge.calls);
        }
      }
    });
    return [...links.values()].filter(({ callCount }) => callCount > 0);
  }

  tenants(): readonly string[] {
    return this.#names.tenants();
  }

  stats(): EngineStats {
    return {
      flushes: this.#flushes,
      flushFailures: this.#flushFailures,
      spansWritten: this.#spansWritten,
      bytesWritten: this.#bytesWritten,
      blocksWritten: this.#blocksWritten,
      blockFailures: this.#blockFailures,
      blockSeconds: this.#blockMs / 1000,
      slicesDropped: this.#slices.dropped,
      corruptSlices: this.#slices.corrupt,
      unreadableRows: this.#slices.unreadableRows,
      damagedJournalBytes: this.#journal.damagedBytes,
      namesDropped: this.#names.dropped,
      sliceFiles: this.#slices.sliceCount,
      blocks: this.#slices.blockCount,
      diskBytes: this.#slices.byteLength + this.#journal.byteLength,
      cacheBytes: this.#slices.cache.bytes,
      unsealedSpans: this.#active.spanCount + (this.#sealing?.memtable.spanCount ?? 0),
      names: this.#names.size,
      tenants: this.tenants(),
    };
  }

  /** Waits for writes that were accepted and for a block that is being written; the rest stays in the journal. */
  async close(): Promise<void> {
    if (this.#closing) return;
    await this.#turn;
    const sealing = this.#sealing;
    if (sealing !== undefined && sealing.failure === undefined)
      await Promise.race([sealing.done, this.#sealingFailed()]);
    this.#closing = true;
    this.#wake?.();
    await sealing?.done;
    await this.#journal.close();
    this.#slices.close();
    this.#lock.release();
  }

  #pause(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, ms);
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}

/** Keeps the view's memtables from being used anew until `read` is done. */
async function pinned<T>(view: View, read: () => Promise<T>): Promise<T> {
  for (const memtable of view.memtables) memtable.pins++;
  try {
    return await read();
  } finally {
    for (const memtable of view.memtables) memtable.pins--;
  }
}
