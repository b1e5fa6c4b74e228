import { GRPC_STATUS, GrpcError, type GrpcReplies, type StreamHandler } from "@spoor/grpc-server";
import { type EncodedSpan, ProcessTable } from "@spoor/span-wire";
import type { SpanWriter } from "@spoor/storage-api";
import { NO_MESSAGE } from "../wire/services.ts";
import { decodeWriteSpan } from "../wire/spans.ts";
import { batchOf } from "./span-batch.ts";
import { readRequest, storageStatus } from "./storage-status.ts";
import type { WriteBudget, WriteLimits } from "./write-limits.ts";

export interface SpanStreamOptions {
  readonly writer: SpanWriter;
  readonly tenant: () => string;
  readonly limits: WriteLimits;
  readonly budget: WriteBudget;
}

/**
 * One `WriteSpanStream`: spans are written in groups while more come, and the stream is answered when the store has all of them. v1's
 * clients keep a stream open for hours and never wait for its answer, so a group does not wait for the stream's end.
 */
export class SpanStream implements StreamHandler {
  readonly #options: SpanStreamOptions;
  readonly #replies: GrpcReplies;
  #spans: EncodedSpan[] = [];
  #processes = new ProcessTable();
  #groupBytes = 0;
  /** Of requests that the store did not answer for. */
  #heldBytes = 0;
  #writes = 0;
  #timer: NodeJS.Timeout | undefined;
  #stopWaiting: (() => void) | undefined;
  #tenant: string | undefined;
  #ended = false;
  #closed = false;

  constructor(options: SpanStreamOptions, replies: GrpcReplies) {
    this.#options = options;
    this.#replies = replies;
  }

  message(request: Buffer): void {
    const { limits, budget } = this.#options;
    this.#tenant ??= this.#options.tenant();
    const span = readRequest("streaming", () => decodeWriteSpan(request, this.#processes));
    if (span === undefined) throw new GrpcError(GRPC_STATUS.INVALID_ARGUMENT, "the request has no span");
    this.#spans.push(span);
    this.#groupBytes += request.length;
    this.#heldBytes += request.length;
    budget.take(request.length);
    if (this.#groupBytes >= limits.maxBytesAWrite || this.#spans.length >= limits.maxSpansAWrite) this.#write();
    else this.#timer ??= setTimeout(() => this.#write(), limits.lingerMs);
    if (this.#isFull()) this.#holdBack();
  }

  end(): void {
    this.#ended = true;
    this.#write();
    this.#answer();
  }

  /** What came is written, also of a stream that broke: v1's clients take a span for stored once it is sent. */
  closed(): void {
    this.#closed = true;
    this.#write();
    this.#stopWaiting?.();
    this.#stopWaiting = undefined;
  }

  #write(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#spans.length === 0) return;
    const batch = batchOf(this.#spans, this.#groupBytes, this.#tenant ?? "");
    const bytes = this.#groupBytes;
    this.#spans = [];
    // A new table for each group: what it remembers keeps requests alive.
    this.#processes = new ProcessTable();
    this.#groupBytes = 0;
    this.#writes++;
    this.#options.writer.write(batch).then(
      () => {
        this.#settled(bytes);
        this.#answer();
      },
      (error) => {
        this.#settled(bytes);
        this.#replies.fail(storageStatus(error));
      },
    );
  }

  /** The store has answered for a group, whatever it said. */
  #settled(bytes: number): void {
    this.#writes--;
    this.#giveBack(bytes);
  }

  #answer(): void {
    if (!this.#ended || this.#writes > 0 || this.#closed) return;
    this.#replies.send(NO_MESSAGE);
    this.#replies.end();
  }

  #giveBack(bytes: number): void {
    this.#heldBytes -= bytes;
    this.#options.budget.give(bytes);
    this.#goOn();
  }

  #isFull(): boolean {
    return this.#heldBytes >= this.#options.limits.maxStreamBytes || this.#options.budget.isFull;
  }

  #holdBack(): void {
    if (this.#stopWaiting !== undefined) return;
    this.#stopWaiting = this.#options.budget.wait(() => this.#goOn());
    this.#replies.pause();
  }

  #goOn(): void {
    if (this.#stopWaiting === undefined || this.#isFull()) return;
    this.#stopWaiting();
    this.#stopWaiting = undefined;
    this.#replies.resume();
  }
}
