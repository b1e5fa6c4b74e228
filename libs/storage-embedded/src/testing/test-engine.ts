import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import type { TraceId } from "@spoor/span-model";
import { decodeSpan, type EncodedSpan, type SpanBatch } from "@spoor/span-wire";
import { Engine } from "../engine.ts";
import type { EngineLog, LogFields } from "../messages.ts";
import { type EmbeddedStorageOptions, type EngineOptions, engineOptions } from "../options.ts";
import type { PackedSpans } from "../packed-spans.ts";
import type { SearchQuery } from "../search-query.ts";
import type { OpenDatabase } from "../slice.ts";
import { SpanPacker } from "../span-packer.ts";
import { unpackSpans } from "../unpack.ts";

/** What the tests of this lib share; no part of it is in the product. */

export function temporaryDirectory(): string {
  return fs.mkdtempSync(path.join(os.tmpdir(), "spoor-embedded-"));
}

/** node:sqlite, which only the worker's entry imports. */
export const openDatabase: OpenDatabase = (file) => {
  const { DatabaseSync } = process.getBuiltinModule("node:sqlite");
  return new DatabaseSync(file);
};

export interface LogLine {
  readonly level: "info" | "warn" | "error";
  readonly message: string;
  readonly fields: LogFields;
}

/** An engine on the test's own thread, with a clock that stands until it is moved. */
export class TestEngine {
  readonly directory: string;
  readonly log: readonly LogLine[];
  readonly options: EngineOptions;
  nowMs: number;
  engine: Engine;

  private constructor(
    directory: string,
    options: EngineOptions,
    log: readonly LogLine[],
    nowMs: number,
    engine: Engine,
  ) {
    this.directory = directory;
    this.log = log;
    this.options = options;
    this.nowMs = nowMs;
    this.engine = engine;
  }

  static async open(
    options: Partial<EmbeddedStorageOptions> = {},
    open: OpenDatabase = openDatabase,
    nowMs: number = Date.UTC(2026, 0, 1),
  ): Promise<TestEngine> {
    const directory = options.directory ?? temporaryDirectory();
    const full = engineOptions({ ...options, directory });
    const holder: { test?: TestEngine } = {};
    const lines: LogLine[] = [];
    const logAt = (level: LogLine["level"]) => (message: string, fields: LogFields) => {
      lines.push({ level, message, fields });
    };
    const log: EngineLog = { info: logAt("info"), warn: logAt("warn"), error: logAt("error") };
    const clock = () => holder.test?.nowMs ?? nowMs;
    const engine = await Engine.open(full, { openDatabase: open, log, nowMs: clock });
    const test = new TestEngine(directory, full, lines, nowMs, engine);
    holder.test = test;
    return test;
  }

  async write(...batches: readonly SpanBatch[]): Promise<void> {
    for (const batch of batches) await this.engine.write(packed(batch));
  }

  trace(traceId: TraceId, tenant: string = ""): EncodedSpan[] {
    const cursor = this.engine.openTraces(tenant, [traceId]);
    const spans: EncodedSpan[] = [];
    for (let done = false; !done; ) {
      const chunk = cursor.next();
      spans.push(...unpackSpans(chunk.packed));
      done = chunk.done;
    }
    cursor.close();
    return spans;
  }

  search(query: Partial<SearchQuery> = {}) {
    return this.engine.search({ ...EVERYTHING, ...query }, () => false);
  }

  sliceFiles(): string[] {
    return this.files((name) => name.endsWith(".sqlite") && name.startsWith("slice-"));
  }

  files(isWanted: (name: string) => boolean): string[] {
    return fs.readdirSync(this.directory).filter(isWanted);
  }

  async dispose(): Promise<void> {
    await this.engine.close();
    fs.rmSync(this.directory, { recursive: true, force: true });
  }
}

export const EVERYTHING: SearchQuery = {
  tenant: "",
  serviceName: undefined,
  operationName: undefined,
  tags: [],
  startTimeMinNs: -(2n ** 62n),
  startTimeMaxNs: 2n ** 62n,
  durationMinNs: undefined,
  durationMaxNs: undefined,
  limit: 1000,
};

export function packed(batch: SpanBatch): PackedSpans {
  const packer = new SpanPacker();
  for (const span of batch.spans) packer.add(span, batch.commonFields, batch.tenant);
  return packer.finish();
}

/** Span ids in order, to compare what was read with what was written. */
export function spanIds(spans: readonly EncodedSpan[]): string[] {
  return spans.map((span) => decodeSpan(span).spanId).sort();
}

/** Waits until it is so; for what happens in the background. */
export async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await new Promise((resolve) => setTimeout(resolve, 5));
}
