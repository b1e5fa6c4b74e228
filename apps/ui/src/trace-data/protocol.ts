import type { TraceColumns } from "./columns.ts";
import type { Progress } from "./fetch-json.ts";
import type { SpanDetail } from "./span-detail.ts";
import type { TraceSummary } from "./summary.ts";

/** What the page asks of the data worker, and what comes back. `url` is absolute and of this origin. */
export interface Requests {
  /** Loads one trace and keeps it under the request's id until it is released. */
  readonly openTrace: { readonly args: { readonly url: string }; readonly result: TraceColumns };
  readonly search: { readonly args: { readonly url: string }; readonly result: SearchResult };
  readonly detail: { readonly args: { readonly trace: number; readonly row: number }; readonly result: SpanDetail };
  /** One byte a row, 1 where the row matches. */
  readonly find: { readonly args: { readonly trace: number; readonly text: string }; readonly result: Uint8Array };
  readonly release: { readonly args: { readonly trace: number }; readonly result: null };
}

export interface SearchResult {
  readonly traces: readonly TraceSummary[];
  /** What the server says is wrong or missing although it answered. */
  readonly problems: readonly string[];
  readonly bytes: number;
}

export type RequestName = keyof Requests;

export type ToWorker =
  | { [K in RequestName]: { readonly id: number; readonly name: K; readonly args: Requests[K]["args"] } }[RequestName]
  | { readonly id: number; readonly name: "cancel" };

export type FromWorker =
  | { readonly id: number; readonly kind: "progress"; readonly progress: Progress & { readonly step: LoadStep } }
  | { readonly id: number; readonly kind: "result"; readonly result: unknown }
  | { readonly id: number; readonly kind: "error"; readonly status: number; readonly message: string };

/** `reading` while bytes arrive, `arranging` while the tree is built. */
export type LoadStep = "reading" | "arranging";
export type LoadProgress = Progress & { readonly step: LoadStep };
