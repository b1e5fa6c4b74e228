import type { IncomingMessage } from "node:http";
import type { ByteBudget } from "@spoor/grpc-server";
import { HttpBodyError } from "./errors.ts";

/** Nothing is asked of a body's rate before it is this old. */
const RATE_GRACE_MS = 5_000;
/** A first guess for a body whose length is not known. */
const FIRST_BYTES = 16 * 1024;
/** Believed of a declared length at once; more is allocated as it arrives. */
const TRUSTED_BYTES = 256 * 1024;
/** A refused body is read to its end, unkept, so that the sender sees the answer; beyond this it is cut off. */
const MAX_DISCARDED_BYTES = 64 * 1024 * 1024;

export interface BodyLimits {
  readonly maxBodyBytes: number;
  readonly minBodyBytesPerSecond: number;
  readonly budget: ByteBudget;
}

/** A body read whole; {@link release} once nobody needs its bytes. */
export interface Body {
  readonly bytes: Buffer;
  release(): void;
}

const NO_BODY: Body = { bytes: Buffer.alloc(0), release: () => {} };

/**
 * Reads request bodies within limits of size, rate and bytes held in all. One sweep a second looks for bodies that come too
 * slowly, so that a body costs no timer.
 */
export class BodyReader {
  readonly #limits: BodyLimits;
  readonly #reading = new Set<BodyRead>();
  readonly #sweep: NodeJS.Timeout;

  constructor(limits: BodyLimits) {
    this.#limits = limits;
    this.#sweep = setInterval(() => {
      const nowMs = Date.now();
      for (const read of this.#reading) read.checkRate(nowMs, limits.minBodyBytesPerSecond);
    }, 1_000).unref();
  }

  close(): void {
    clearInterval(this.#sweep);
  }

  /** Rejects with a {@link HttpBodyError}. */
  read(request: IncomingMessage): Promise<Body> {
    const { headers } = request;
    const declared = headers["content-length"];
    if (headers["transfer-encoding"] === undefined && (declared === undefined || declared === "0")) {
      return Promise.resolve(NO_BODY);
    }
    return new Promise((resolve, reject) => {
      const read = new BodyRead(request, Number(declared ?? -1), this.#limits, (result) => {
        this.#reading.delete(read);
        if (result instanceof HttpBodyError) reject(result);
        else resolve(result);
      });
      this.#reading.add(read);
    });
  }
}

class BodyRead implements Body {
  readonly #request: IncomingMessage;
  readonly #declared: number;
  readonly #limits: BodyLimits;
  readonly #settle: (result: Body | HttpBodyError) => void;
  readonly #startedMs = Date.now();
  #buffer: Buffer | undefined;
  #length = 0;
  #held = 0;
  #failure: HttpBodyError | undefined;
  #discarded = 0;
  #settled = false;

  constructor(
    request: IncomingMessage,
    declared: number,
    limits: BodyLimits,
    settle: (result: Body | HttpBodyError) => void,
  ) {
    this.#request = request;
    this.#declared = declared;
    this.#limits = limits;
    this.#settle = settle;
    if (declared > limits.maxBodyBytes) this.#fail(new HttpBodyError("TOO_LARGE", "http: request body too large"));
    request.on("data", (chunk: Buffer) => this.#onData(chunk));
    request.on("end", () => this.#finish());
    request.on("error", () => this.#cut());
    request.on("close", () => this.#cut());
  }

  get bytes(): Buffer {
    return this.#buffer === undefined ? NO_BODY.bytes : this.#buffer.subarray(0, this.#length);
  }

  release(): void {
    this.#limits.budget.give(this.#held);
    this.#held = 0;
    this.#buffer = undefined;
  }

  checkRate(nowMs: number, minBytesPerSecond: number): void {
    const ageMs = nowMs - this.#startedMs;
    if (this.#settled || ageMs < RATE_GRACE_MS || minBytesPerSecond === 0) return;
    if ((this.#length + this.#discarded) * 1000 >= minBytesPerSecond * ageMs) return;
    this.#fail(new HttpBodyError("TOO_SLOW", "request body arrives too slowly"));
    this.#finish();
  }

  #onData(chunk: Buffer): void {
    if (this.#settled) return;
    if (this.#failure !== undefined) {
      this.#discarded += chunk.length;
      if (this.#discarded > MAX_DISCARDED_BYTES) this.#finish();
      return;
    }
    if (this.#length + chunk.length > this.#limits.maxBodyBytes) {
      this.#fail(new HttpBodyError("TOO_LARGE", "http: request body too large"));
    } else if (this.#limits.budget.take(chunk.length)) {
      this.#held += chunk.length;
      this.#keep(chunk);
    } else this.#fail(new HttpBodyError("BUSY", "too many bytes of requests in flight"));
  }

  #keep(chunk: Buffer): void {
    const needed = this.#length + chunk.length;
    if (this.#buffer === undefined && (needed === this.#declared || needed >= FIRST_BYTES)) {
      // The only chunk, or a large first one: no copy yet.
      this.#buffer = chunk;
    } else {
      if (this.#buffer === undefined || this.#buffer.length < needed) this.#grow(needed);
      chunk.copy(this.#buffer as Buffer, this.#length);
    }
    this.#length = needed;
  }

  #grow(needed: number): void {
    const trusted = Math.min(this.#declared, TRUSTED_BYTES);
    const doubled = Math.max(needed, trusted, FIRST_BYTES, (this.#buffer?.length ?? 0) * 2);
    const grown = Buffer.allocUnsafeSlow(this.#declared >= needed ? Math.min(this.#declared, doubled) : doubled);
    this.#buffer?.copy(grown, 0, 0, this.#length);
    this.#buffer = grown;
  }

  #fail(failure: HttpBodyError): void {
    this.#failure ??= failure;
    this.release();
  }

  #cut(): void {
    if (!this.#request.complete) this.#fail(new HttpBodyError("CUT", "unexpected EOF"));
    this.#finish();
  }

  #finish(): void {
    if (this.#settled) return;
    this.#settled = true;
    this.#settle(this.#failure ?? this);
  }
}
