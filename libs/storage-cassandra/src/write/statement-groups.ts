import type { Statement } from "../session.ts";

/** Cassandra warns of batches above 5 KiB by default. */
const MAX_BATCH_BYTES = 4096;
/** It warns of unlogged batches over more partitions by default. */
const MAX_PARTITIONS = 10;
/** What the server counts for a row and for each of its columns, besides their values. */
const ROW_BYTES = 48;
const COLUMN_BYTES = 12;

interface Group {
  readonly statements: Statement[];
  bytes: number;
}

/**
 * Gathers rows into unlogged batches, which cost a small part of what as many requests would. Rows of one partition stay together: the server applies
 * them as a single mutation.
 */
export class StatementGroups {
  readonly #open = new Map<string, Group>();
  readonly #full: Group[] = [];

  /** `partition` must be equal for rows of one partition of one table, and only for those. */
  add(partition: string, query: string, params: readonly (Buffer | null)[]): void {
    let bytes = ROW_BYTES + params.length * COLUMN_BYTES;
    for (const param of params) bytes += param === null ? 0 : param.length;
    const statement = { query, params };
    const group = this.#open.get(partition);
    if (group === undefined) {
      this.#open.set(partition, { statements: [statement], bytes });
    } else if (group.bytes + bytes > MAX_BATCH_BYTES) {
      this.#full.push(group);
      this.#open.set(partition, { statements: [statement], bytes });
    } else {
      group.statements.push(statement);
      group.bytes += bytes;
    }
  }

  /** All rows in batches; the collection is empty afterwards. */
  take(): readonly (readonly Statement[])[] {
    const batches: Statement[][] = [];
    let batch: Statement[] = [];
    let bytes = 0;
    let partitions = 0;
    for (const group of [...this.#full, ...this.#open.values()]) {
      if (partitions > 0 && (partitions >= MAX_PARTITIONS || bytes + group.bytes > MAX_BATCH_BYTES)) {
        batches.push(batch);
        batch = [];
        bytes = 0;
        partitions = 0;
      }
      batch.push(...group.statements);
      bytes += group.bytes;
      partitions++;
    }
    if (partitions > 0) batches.push(batch);
    this.#full.length = 0;
    this.#open.clear();
    return batches;
  }
}
