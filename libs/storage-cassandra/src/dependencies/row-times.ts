/** Rows of several writers in one hour differ by these milliseconds. The first is left to rows of whole days, as v1's job writes them. */
const SLOTS = 60_000;
const MOST_KNOWN = 5_000;

/**
 * Gives every sum of an hour's calls the time of its row: one in the hour's first minute that no other process took. Two processes
 * that look at the same moment may take the same one, at odds of one in {@link SLOTS}.
 */
export class RowTimes {
  readonly #timesWithin: (fromMs: number, toMs: number) => Promise<ReadonlySet<number>>;
  readonly #known = new Map<string, number>();

  /** `timesWithin` gives the times that have rows, from `fromMs` up to and without `toMs`. */
  constructor(timesWithin: (fromMs: number, toMs: number) => Promise<ReadonlySet<number>>) {
    this.#timesWithin = timesWithin;
  }

  /** Always the same for one `id`, a random hex text. */
  async of(hour: { readonly startTimeMs: number; readonly id: string }): Promise<number> {
    const { startTimeMs, id } = hour;
    const known = this.#known.get(id);
    if (known !== undefined) return known;
    const taken = await this.#timesWithin(startTimeMs, startTimeMs + SLOTS);
    let slot = 1 + (Number.parseInt(id.slice(0, 8), 16) % (SLOTS - 1));
    for (let tried = 0; tried < SLOTS && taken.has(startTimeMs + slot); tried++) slot = (slot % (SLOTS - 1)) + 1;
    if (this.#known.size >= MOST_KNOWN) this.#known.delete(this.#known.keys().next().value ?? "");
    this.#known.set(id, startTimeMs + slot);
    return startTimeMs + slot;
  }
}
