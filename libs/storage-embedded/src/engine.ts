import * as fs from "node:fs";
import type { TraceId } from "@spoor/span-model";
import type { DependencyLink, Operation } from "@spoor/storage-api";
import { countNewCalls } from "./dependencies.ts";
import { EngineError, messageOf } from "./engine-error.ts";
import { Journal } from "./journal-set.ts";
import { Memtable } from "./memtable.ts";
import type { EngineLog, EngineStats } from "./messages.ts";
import { NameIndex } from "./name-index.ts";
import type { EngineOptions } from "./options.ts";
import type { PackedSpans } from "./packed-spans.ts";
import { Sealer } from "./sealer.ts";
import { type SearchAnswer, search } from "./search.ts";
import type { SearchQuery } from "./search-query.ts";
import { type SeenName, SeenNames } from "./seen-names.ts";
import type { OpenDatabase } from "./slice.ts";
import { SliceStore } from "./slice-store.ts";
import { TraceCursor } from "./trace-cursor.ts";
import type { View } from "./view.ts";

const MINUTE_MS = 60_000;
/** An open block holds an index row of about 16 KiB for each condition. */
const MAX_OPEN_BLOCKS = 2048;

export interface EngineEnvironment {
  readonly openDatabase: OpenDatabase;
  readonly log: EngineLog;
  readonly nowMs: () => number;
}

/**
 * The store itself, on the worker's thread. A write is appended to the journal and to the active memtable, and is done when the
 * journal reached the disk. A full (or old) memtable becomes a block of the current slice, in one transaction and in small steps,
 * while the next memtable takes the writes; then its part of the journal goes.
 */
export class Engine {
  readonly #options: EngineOptions;
  readonly #environment: EngineEnvironment;
  readonly #names = new NameIndex();
  readonly #seenNames = new SeenNames();
  readonly #slices: SliceStore;
  readonly #journal: Journal;
  readonly #sealer: Sealer;
  #active: Memtable;
  #spare: Memtable | undefined;
  /** The end of the queue of writes. */
  #turn: Promise<unknown> = Promise.resolve();
  #closing = false;
  #flushes = 0;
  #flushFailures = 0;
  #spansWritten = 0;
  #bytesWritten = 0;

  private constructor(options: EngineOptions, environment: EngineEnvironment) {
    this.#options = options;
    this.#environment = environment;
    this.#slices = new SliceStore(options, environment.openDatabase, this.#names, environment.log);
    this.#journal = new Journal(options.directory, environment.log);
    this.#sealer = new Sealer({
      slices: this.#slices,
      journal: this.#journal,
      log: environment.log,
      nowMs: environment.nowMs,
      onSealed: (memtable) => this.#onSealed(memtable),
    });
    this.#active = new Memtable(options.blockSpans, options.blockBytes, this.#seenNames);
  }

  /** Opens the slices of a directory, which the caller holds, and reads the journal that no block holds yet. */
  static async open(options: EngineOptions, environment: EngineEnvironment): Promise<Engine> {
    fs.mkdirSync(options.directory, { recursive: true });
    const engine = new Engine(options, environment);
    try {
      await engine.#recover();
      return engine;
    } catch (error) {
      engine.#closing = true;
      engine.#slices.close();
      throw error;
    }
  }

  async #recover(): Promise<void> {
    this.#slices.load();
    this.maintain();
    for (const { number, records } of this.#journal.recover(this.#slices.lastSegment)) {
      let isKept = false;
      for (const { packed, arrivalMs } of records) {
        try {
          const processes = await this.#prepare(packed);
          this.#addToActive(packed, processes, arrivalMs, number);
          isKept = true;
        } catch (error) {
          this.#environment.log.error("a record of the journal cannot be read", { number, error: messageOf(error) });
        }
      }
      if (!isKept) this.#journal.release([number]);
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

  /** The spans are readable when this resolves, and durable when what it gives has resolved. */
  async #append(packed: PackedSpans): Promise<() => Promise<void>> {
    if (this.#closing) throw new EngineError("CLOSED", "the store is closed");
    const processes = await this.#prepare(packed);
    const arrivalMs = this.#environment.nowMs();
    const segment = this.#journal.append(packed, arrivalMs);
    // Begun before indexing so that the disk works meanwhile.
    const synced = segment.sync();
    synced.catch(() => undefined);
    this.#addToActive(packed, processes, arrivalMs, segment.number);
    return () => synced;
  }

  /** Makes room in the active memtable. What cannot be stored is refused here, before it is in the journal. */
  async #prepare(packed: PackedSpans): Promise<Uint32Array> {
    await this.#makeRoom(packed);
    let processes: Uint32Array | undefined;
    try {
      processes = this.#active.register(packed);
    } catch (error) {
      throw new EngineError("REJECTED", `a process is malformed: ${messageOf(error)}`, { cause: error });
    }
    if (processes === undefined)
      throw new EngineError("REJECTED", "the spans have more processes than a block can hold");
    return processes;
  }

  #addToActive(packed: PackedSpans, processes: Uint32Array, arrivalMs: number, segment: number): void {
    const active = this.#active;
    if (!active.segments.includes(segment)) active.segments.push(segment);
    const known = active.names.length;
    active.add(packed, processes, arrivalMs);
    for (let i = known; i < active.names.length; i++) {
      const seen = active.names[i] as SeenName;
      this.#names.add(seen.name, this.#slices.nextGeneration);
    }
  }

  /** Makes the active memtable one that these spans fit into. */
  async #makeRoom(packed: PackedSpans): Promise<void> {
    const { spanCount, bytes } = packed;
    const fits = () =>
      this.#active.hasRoomFor(spanCount, bytes.length) && this.#active.processes.entries.length + spanCount <= 65_536;
    while (!fits() && this.#active.spanCount > 0) {
      if (this.#sealer.memtable === undefined) {
        this.#seal();
        break;
      }
      const { failure } = this.#sealer;
      if (failure !== undefined) {
        throw new EngineError("UNAVAILABLE", `the disk refuses writes: ${messageOf(failure)}`, { cause: failure });
      }
      await this.#sealer.settled();
      if (this.#closing) throw new EngineError("CLOSED", "the store is closed");
    }
    if (!this.#active.hasRoomFor(spanCount, bytes.length)) {
      this.#active = new Memtable(Math.max(spanCount, this.#options.blockSpans), bytes.length, this.#seenNames);
    }
  }

  /** Turns the active memtable into a block, in the background, and takes spans into another. */
  #seal(): void {
    this.#sealer.start(this.#active);
    this.#active = this.#spare ?? new Memtable(this.#options.blockSpans, this.#options.blockBytes, this.#seenNames);
    this.#spare = undefined;
    this.#journal.startSegment();
  }

  #onSealed(memtable: Memtable): void {
    if (memtable.pins === 0 && memtable.capacity === this.#options.blockSpans && this.#spare === undefined) {
      memtable.reset();
      this.#spare = memtable;
    }
    this.maintain();
  }

  /** Seals what is old and drops what is past its time; to be called now and then. */
  maintain(): void {
    const nowMs = this.#environment.nowMs();
    const isSealing = this.#sealer.memtable !== undefined;
    const { spanCount, firstArrivalMs } = this.#active;
    if (spanCount > 0 && !isSealing && nowMs - firstArrivalMs >= this.#options.sliceMs) this.#seal();
    if (this.#slices.dropExpired(nowMs)) this.#slices.expireNames(spanCount > 0 || isSealing);
  }

  #view(): View {
    const sealing = this.#sealer.memtable;
    const memtables = sealing === undefined ? [] : [sealing];
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
      blocksWritten: this.#sealer.blocksWritten,
      blockFailures: this.#sealer.blockFailures,
      blockSeconds: this.#sealer.blockMs / 1000,
      slicesDropped: this.#slices.dropped,
      corruptSlices: this.#slices.corrupt,
      unreadableRows: this.#slices.unreadableRows,
      damagedJournalBytes: this.#journal.damagedBytes,
      namesDropped: this.#names.dropped,
      sliceFiles: this.#slices.sliceCount,
      blocks: this.#slices.blockCount,
      diskBytes: this.#slices.byteLength + this.#journal.byteLength,
      cacheBytes: this.#slices.cache.bytes,
      unsealedSpans: this.#active.spanCount + (this.#sealer.memtable?.spanCount ?? 0),
      names: this.#names.size,
      tenants: this.tenants(),
    };
  }

  /** Waits for writes that were accepted and for a block that is being written; the rest stays in the journal. */
  async close(): Promise<void> {
    if (this.#closing) return;
    await this.#turn;
    await this.#sealer.close();
    this.#closing = true;
    await this.#journal.close();
    this.#slices.close();
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
