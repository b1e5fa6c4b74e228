import type { Statement } from "../session.ts";

/** Cassandra warns of batches above 5 KiB by default. */
const MAX_BATCH_BYTES = 4096;
/** What a row costs besides its values. */
const ROW_BYTES = 40;

/**
 * Gathers rows by the partition they belong to: those of one partition travel as one unlogged batch, which the server applies as a single
 * mutation.
 */
export class StatementGroups {
  readonly #open = new Map<string, { statements: Statement[]; bytes: number }>();
  readonly #full: Statement[][] = [];

  /** `partition` must be equal for rows of one partition of one table, and only for those. */
  add(partition: string, query: string, params: readonly (Buffer | null)[]): void {
    let bytes = ROW_BYTES;
    for (const param of params) bytes += param === null ? 0 : param.length;
    const statement = { query, params };
    const group = this.#open.get(partition);
    if (group === undefined) {
      this.#open.set(partition, { statements: [statement], bytes });
    } else if (group.bytes + bytes > MAX_BATCH_BYTES) {
      this.#full.push(group.statements);
      this.#open.set(partition, { statements: [statement], bytes });
    } else {
      group.statements.push(statement);
      group.bytes += bytes;
    }
  }

  /** All groups; the collection is empty afterwards. */
  take(): readonly (readonly Statement[])[] {
    const groups = [...this.#full, ...Array.from(this.#open.values(), (group) => group.statements)];
    this.#full.length = 0;
    this.#open.clear();
    return groups;
  }
}
