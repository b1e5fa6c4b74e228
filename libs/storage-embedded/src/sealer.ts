import { BlockScratch } from "./block-scratch.ts";
import { writeBlock } from "./block-writer.ts";
import { countNewCalls } from "./dependencies.ts";
import { messageOf } from "./engine-error.ts";
import type { Journal } from "./journal-set.ts";
import type { Memtable } from "./memtable.ts";
import type { EngineLog } from "./messages.ts";
import type { SliceStore } from "./slice-store.ts";

const RETRY_MIN_MS = 200;
const RETRY_MAX_MS = 5000;

export interface SealerOptions {
  readonly slices: SliceStore;
  readonly journal: Journal;
  readonly log: EngineLog;
  readonly nowMs: () => number;
  /** The memtable is a block now, and its part of the journal is gone. */
  readonly onSealed: (memtable: Memtable) => void;
}

/** A memtable that is becoming a block. */
interface Sealing {
  readonly memtable: Memtable;
  /** Resolves when the block is there or the sealer closes. */
  readonly done: Promise<void>;
  /** Why the last attempt failed; the next is under way or will be. */
  failure: unknown;
}

/** Turns one memtable at a time into a block, in the background; tries again for as long as the disk refuses. */
export class Sealer {
  readonly #options: SealerOptions;
  readonly #scratch = new BlockScratch();
  #sealing: Sealing | undefined;
  #closing = false;
  #wake: (() => void) | undefined;
  #onFailure: (() => void)[] = [];
  blocksWritten = 0;
  blockFailures = 0;
  /** Time from the begin to the end of writing blocks, rests included. */
  blockMs = 0;

  constructor(options: SealerOptions) {
    this.#options = options;
  }

  /** The memtable at work; `undefined` when another may be given. */
  get memtable(): Memtable | undefined {
    return this.#sealing?.memtable;
  }

  /** Why the block cannot be written at present. */
  get failure(): unknown {
    return this.#sealing?.failure;
  }

  /** Begins with a memtable, which takes no more spans. */
  start(memtable: Memtable): void {
    const sealing: Sealing = {
      memtable,
      failure: undefined,
      done: Promise.resolve().then(() => this.#run(sealing)),
    };
    this.#sealing = sealing;
  }

  /** Resolves when the block at work is written or an attempt at it failed. */
  async settled(): Promise<void> {
    if (this.#sealing === undefined) return;
    const failed = new Promise<void>((resolve) => {
      this.#onFailure.push(resolve);
    });
    await Promise.race([this.#sealing.done, failed]);
  }

  /** Waits for a block that can be written; one that cannot is given up, for the journal has its spans. */
  async close(): Promise<void> {
    const sealing = this.#sealing;
    if (sealing !== undefined && sealing.failure === undefined) await this.settled();
    this.#closing = true;
    this.#wake?.();
    await sealing?.done;
  }

  async #run(sealing: Sealing): Promise<void> {
    const { slices, journal, log, nowMs, onSealed } = this.#options;
    for (let waitMs = RETRY_MIN_MS; ; waitMs = Math.min(waitMs * 2, RETRY_MAX_MS)) {
      if (this.#closing) return;
      try {
        await this.#writeBlock(sealing);
        break;
      } catch (error) {
        this.blockFailures++;
        if (sealing.failure === undefined) {
          log.error("a block cannot be written; its spans stay in the journal", { error: messageOf(error) });
        }
        sealing.failure = error;
        this.#tellWaiting();
        slices.dropExpired(nowMs());
        await this.#pause(waitMs);
      }
    }
    if (sealing.failure !== undefined) log.info("blocks can be written again", {});
    this.#sealing = undefined;
    this.#tellWaiting();
    journal.release(sealing.memtable.segments);
    onSealed(sealing.memtable);
  }

  async #writeBlock({ memtable }: Sealing): Promise<void> {
    const { slices, nowMs } = this.#options;
    const began = performance.now();
    const calls = await countNewCalls(memtable, { slices: slices.views(), memtables: [] }, (slice, error) =>
      slices.problem(slice, error),
    );
    const lastSegment = Math.max(...memtable.segments);
    const hashes = memtable.traceHash.subarray(0, memtable.traceCount);
    await slices.addBlock(memtable.firstArrivalMs, nowMs(), hashes, async (slice, id) => {
      const sliceNumber = slice.name.number;
      const names = memtable.names.filter((seen) => seen.slice !== sliceNumber);
      const header = await slice.transaction(async (insert) => {
        const header = await writeBlock(memtable, id, lastSegment, this.#scratch, (kind, number, data) =>
          insert.row(id, kind, number, data),
        );
        // Last and without a rest before the commit, so that nobody reads these beside the memtable's own.
        insert.names(names.map(({ name }) => name));
        insert.calls(calls);
        return header;
      });
      for (const seen of names) seen.slice = sliceNumber;
      return header;
    });
    this.blocksWritten++;
    this.blockMs += performance.now() - began;
  }

  #tellWaiting(): void {
    const waiting = this.#onFailure;
    this.#onFailure = [];
    for (const resolve of waiting) resolve();
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
