import type { TraceId } from "@spoor/span-model";
import type { DependencyLink, Operation, StorageErrorCode } from "@spoor/storage-api";
import type { EmbeddedStorageErrorCode } from "./errors.ts";
import type { PackedSpans } from "./packed-spans.ts";
import type { SearchAnswer } from "./search.ts";
import type { SearchQuery } from "./search-query.ts";
import type { TraceChunk } from "./trace-cursor.ts";

/** What the engine can be asked, with what it answers. */
export interface Calls {
  readonly write: { readonly ask: PackedSpans; readonly answer: readonly ArrayBuffer[] };
  /** The first chunk of whole traces; `cursor` asks for more and is 0 when there is none. */
  readonly openTraces: {
    readonly ask: { readonly tenant: string; readonly ids: readonly TraceId[] };
    readonly answer: { readonly chunk: TraceChunk; readonly cursor: number };
  };
  readonly nextTraces: { readonly ask: number; readonly answer: TraceChunk };
  readonly closeTraces: { readonly ask: number; readonly answer: undefined };
  readonly search: { readonly ask: SearchQuery; readonly answer: SearchAnswer };
  readonly services: { readonly ask: string; readonly answer: readonly string[] };
  readonly operations: {
    readonly ask: { readonly tenant: string; readonly serviceName: string; readonly spanKind: string | undefined };
    readonly answer: readonly Operation[];
  };
  readonly dependencies: {
    readonly ask: { readonly tenant: string; readonly startTimeMs: number; readonly endTimeMs: number };
    readonly answer: readonly DependencyLink[];
  };
  readonly close: { readonly ask: undefined; readonly answer: undefined };
}

export type CallName = keyof Calls;

/** To the worker. */
export type Request =
  | {
      readonly [Name in CallName]: { readonly id: number; readonly name: Name; readonly ask: Calls[Name]["ask"] };
    }[CallName]
  | { readonly id: number; readonly name: "abort" };

/** From the worker. */
export type Reply =
  | { readonly type: "ready"; readonly tenants: readonly string[] }
  | { readonly type: "failed"; readonly code: EmbeddedStorageErrorCode; readonly message: string }
  | { readonly type: "answer"; readonly id: number; readonly answer: unknown }
  | { readonly type: "error"; readonly id: number; readonly code: StorageErrorCode; readonly message: string }
  | {
      readonly type: "log";
      readonly level: "info" | "warn" | "error";
      readonly message: string;
      readonly fields: LogFields;
    }
  | { readonly type: "stats"; readonly stats: EngineStats };

export type LogFields = Readonly<Record<string, string | number | boolean>>;

export interface EngineLog {
  info(message: string, fields: LogFields): void;
  warn(message: string, fields: LogFields): void;
  error(message: string, fields: LogFields): void;
}

/** Figures of an engine: totals since it opened, and what is there now. */
export interface EngineStats {
  readonly flushes: number;
  readonly flushFailures: number;
  readonly spansWritten: number;
  readonly bytesWritten: number;
  readonly blocksWritten: number;
  readonly blockFailures: number;
  readonly blockSeconds: number;
  readonly slicesDropped: number;
  readonly corruptSlices: number;
  readonly unreadableRows: number;
  readonly damagedJournalBytes: number;
  readonly namesDropped: number;
  readonly sliceFiles: number;
  readonly blocks: number;
  readonly diskBytes: number;
  readonly cacheBytes: number;
  readonly unsealedSpans: number;
  readonly names: number;
  readonly tenants: readonly string[];
}
