import type { StorageMetrics, TableMetrics } from "../metrics.ts";
import type { PageReader } from "../paging.ts";
import type { Page, PageOptions, Session, Statement } from "../session.ts";

/** Reads that are counted in the metrics of a table. */
export class TableReads implements PageReader {
  readonly #session: Session;
  readonly #metrics: TableMetrics;

  constructor(session: Session, metrics: StorageMetrics, table: string) {
    this.#session = session;
    this.#metrics = metrics.table(table);
  }

  async page(statement: Statement, options: PageOptions): Promise<Page> {
    const startedMs = performance.now();
    this.#metrics.attempt(1);
    try {
      const page = await this.#session.page(statement, options);
      this.#metrics.inserted(1, (performance.now() - startedMs) / 1000);
      return page;
    } catch (error) {
      this.#metrics.failed(1, (performance.now() - startedMs) / 1000);
      throw error;
    }
  }
}

/** The reader's tables, by v1's names of them. */
export interface ReadTables {
  readonly traces: PageReader;
  readonly tagIndex: PageReader;
  readonly durationIndex: PageReader;
  readonly operationIndex: PageReader;
  readonly serviceIndex: PageReader;
}

export function readTables(session: Session, metrics: StorageMetrics): ReadTables {
  const reads = (table: string) => new TableReads(session, metrics, table);
  return {
    traces: reads("read_traces"),
    tagIndex: reads("tag_index"),
    durationIndex: reads("duration_index"),
    operationIndex: reads("service_operation_index"),
    serviceIndex: reads("service_name_index"),
  };
}
