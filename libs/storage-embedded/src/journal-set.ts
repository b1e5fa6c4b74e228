import * as fs from "node:fs";
import { messageOf } from "./engine-error.ts";
import { type JournalRecord, JournalSegment, journalSegments, replaySegment, segmentPath } from "./journal.ts";
import type { EngineLog } from "./messages.ts";
import type { PackedSpans } from "./packed-spans.ts";

/** The journal of a directory: numbered segments, the last of which is written. */
export class Journal {
  readonly #directory: string;
  readonly #log: EngineLog;
  readonly #segments = new Map<number, JournalSegment>();
  /** Segments of earlier processes, by number: their length, and whether they hold damage. */
  readonly #recovered = new Map<number, { readonly length: number; readonly damaged: boolean }>();
  #current: JournalSegment | undefined;
  #lastNumber = 0;
  damagedBytes = 0;

  constructor(directory: string, log: EngineLog) {
    this.#directory = directory;
    this.#log = log;
  }

  get byteLength(): number {
    let total = 0;
    for (const { length } of this.#segments.values()) total += length;
    for (const { length } of this.#recovered.values()) total += length;
    return total;
  }

  /** The records of every segment that is in no block, oldest first; segments up to `lastSealed` are removed. */
  *recover(lastSealed: number): Iterable<{ readonly number: number; readonly records: readonly JournalRecord[] }> {
    this.#lastNumber = lastSealed;
    for (const number of journalSegments(this.#directory)) {
      const file = segmentPath(this.#directory, number);
      if (number <= lastSealed) {
        fs.rmSync(file, { force: true });
        continue;
      }
      this.#lastNumber = number;
      const { records, tornBytes, damagedBytes } = replaySegment(file);
      if (tornBytes > 0) this.#log.info("journal ends in an unfinished record", { file, bytes: tornBytes });
      if (damagedBytes > 0) {
        this.damagedBytes += damagedBytes;
        this.#log.error("journal is damaged; the file is kept", { file, bytes: damagedBytes });
      }
      this.#recovered.set(number, { length: fs.statSync(file).size, damaged: damagedBytes > 0 });
      yield { number, records };
    }
  }

  /** Appends to the current segment, which it returns. Throws what the file system says; nothing was appended then. */
  append(packed: PackedSpans, arrivalMs: number): JournalSegment {
    if (this.#current === undefined || this.#current.broken) {
      const segment = JournalSegment.create(this.#directory, this.#lastNumber + 1);
      this.#lastNumber = segment.number;
      this.#segments.set(segment.number, segment);
      this.#current = segment;
    }
    this.#current.append(packed, arrivalMs);
    return this.#current;
  }

  /** What is appended from now on goes to another segment. */
  startSegment(): void {
    this.#current = undefined;
  }

  /** Removes segments whose spans are in a block. */
  release(numbers: readonly number[]): void {
    for (const number of numbers) {
      try {
        const recovered = this.#recovered.get(number);
        const file = segmentPath(this.#directory, number);
        if (recovered?.damaged === true) fs.renameSync(file, `${file}.corrupt-${Date.now()}`);
        else if (recovered !== undefined) fs.rmSync(file, { force: true });
        this.#segments.get(number)?.remove();
      } catch (error) {
        // A later start removes it: its number is not above that of the block.
        this.#log.warn("a journal segment could not be removed", { number, error: messageOf(error) });
      }
      this.#recovered.delete(number);
      this.#segments.delete(number);
    }
  }

  async close(): Promise<void> {
    for (const segment of this.#segments.values()) segment.close();
    this.#segments.clear();
    this.#current = undefined;
  }
}
