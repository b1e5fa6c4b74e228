import type { types } from "cassandra-driver";
import type { Page, PageOptions, Statement } from "./session.ts";

/** Pages of rows from somewhere. */
export interface PageReader {
  page(statement: Statement, options: PageOptions): Promise<Page>;
}

/** All rows of a statement, page by page; with a signal, none once it is aborted. */
export async function* pagesOf(
  reader: PageReader,
  statement: Statement,
  options: Omit<PageOptions, "pageState">,
  signal?: AbortSignal,
): AsyncGenerator<readonly types.Row[]> {
  let pageState: string | undefined;
  do {
    signal?.throwIfAborted();
    const page = await reader.page(statement, { ...options, pageState });
    signal?.throwIfAborted();
    if (page.rows.length > 0) yield page.rows;
    pageState = page.pageState;
  } while (pageState !== undefined);
}
