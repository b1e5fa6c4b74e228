import { setTimeout as sleep } from "node:timers/promises";
import type { Daemon } from "@spoor/test-harness";
import { PayloadTemplate } from "./payload-template.ts";
import type { Protocol } from "./protocols.ts";
import type { Sender } from "./sender.ts";
import { Workload } from "./workload.ts";

export interface LoadOptions {
  readonly spans: number;
  readonly spansPerBatch: number;
  readonly spansPerTrace: number;
  readonly services: number;
  readonly inFlight: number;
  /** Connections that requests in flight share; over HTTP/1 each has its own. Default 1. */
  readonly connections?: number;
  /** Templates are made anew after this time, so that spans carry the time they are sent at. Default 500 ms. */
  readonly templateAgeMs?: number;
  /** Offers no more than this; default: as fast as requests are acknowledged. */
  readonly spansPerSecond?: number;
  readonly seed: number;
  /** Called now and then with the spans acknowledged so far. */
  readonly onProgress?: (spans: number) => void;
}

export const DEFAULT_LOAD: LoadOptions = {
  spans: 500_000,
  spansPerBatch: 100,
  spansPerTrace: 10,
  services: 20,
  inFlight: 8,
  seed: 1,
};

const TEMPLATE_AGE_MS = 500;

/** The times of the requests, milliseconds each. */
export interface LoadResult {
  readonly requestMs: readonly number[];
  readonly seconds: number;
  readonly bytesPerSpan: number;
}

/** Sends spans with `inFlight` requests open at a time; rejects when the server refuses one. */
export async function sendLoad(daemon: Daemon, protocol: Protocol, options: LoadOptions): Promise<LoadResult> {
  const senders = Array.from({ length: options.connections ?? 1 }, () => protocol.connect(daemon));
  const batches = Math.ceil(options.spans / options.spansPerBatch);
  const templates = new Templates(protocol, options);
  const requestMs: number[] = [];
  let next = 0;
  let bytes = 0;
  const lane = async (sender: Sender) => {
    while (next < batches) {
      const index = next++;
      await due(index);
      const body = templates.payload(index);
      bytes += body.length;
      const start = performance.now();
      await sender.send(body);
      requestMs.push(performance.now() - start);
      options.onProgress?.(requestMs.length * options.spansPerBatch);
    }
  };
  const start = performance.now();
  const msPerBatch = options.spansPerSecond ? (options.spansPerBatch / options.spansPerSecond) * 1000 : 0;
  const due = async (index: number) => {
    const waitMs = start + index * msPerBatch - performance.now();
    if (waitMs > 0) await sleep(waitMs);
  };
  const lanes = Array.from({ length: options.inFlight }, (_, i) => lane(senders[i % senders.length] as Sender));
  await Promise.all(lanes);
  const seconds = (performance.now() - start) / 1000;
  for (const sender of senders) sender.close();
  return { requestMs, seconds, bytesPerSpan: bytes / (batches * options.spansPerBatch) };
}

class Templates {
  readonly #protocol: Protocol;
  readonly #options: LoadOptions;
  readonly #templates: PayloadTemplate[] = [];
  #madeAtMs = 0;

  constructor(protocol: Protocol, options: LoadOptions) {
    this.#protocol = protocol;
    this.#options = options;
  }

  payload(index: number): Buffer {
    if (performance.now() - this.#madeAtMs > (this.#options.templateAgeMs ?? TEMPLATE_AGE_MS)) {
      this.#templates.length = 0;
      this.#madeAtMs = performance.now();
    }
    const service = index % this.#options.services;
    this.#templates[service] ??= this.#make(service, index);
    return this.#templates[service].stamp((index + 1) >>> 0);
  }

  #make(service: number, index: number): PayloadTemplate {
    const { spansPerBatch, spansPerTrace, services, seed } = this.#options;
    const startNs = BigInt(Date.now()) * 1_000_000n;
    const makeWorkload = (nonce: number) =>
      new Workload({
        spansPerBatch,
        spansPerTrace,
        services,
        seed: seed * 1_000_003 + index,
        startNs,
        spreadNs: 1e9,
        nonce,
      });
    return new PayloadTemplate(makeWorkload, service, this.#protocol.encode);
  }
}
