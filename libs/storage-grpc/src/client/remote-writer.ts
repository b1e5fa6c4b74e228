import type { SpanBatch } from "@spoor/span-wire";
import type { SpanWriter, WriteOptions } from "@spoor/storage-api";
import { SERVICE } from "../wire/services.ts";
import { encodeWriteSpan } from "../wire/spans.ts";
import type { Remote, RemoteCall } from "./remote.ts";
import { isNotImplemented } from "./remote-error.ts";

/**
 * Writes spans as they are, encoded. A batch goes on a stream of its own where the server takes streams, else each span in a call; either way it
 * is written when the server has answered.
 */
export class RemoteWriter implements SpanWriter {
  readonly #remote: Remote;

  constructor(remote: Remote) {
    this.#remote = remote;
  }

  write(batch: SpanBatch, { signal }: WriteOptions = {}): Promise<void> {
    return this.#remote.writing(signal, async () => {
      if (batch.spans.length === 0) return;
      const call: RemoteCall = { tenant: batch.tenant, signal };
      try {
        const { streamingWrites } = await this.#remote.capabilities(signal);
        if (!streamingWrites || !(await this.#stream(batch, call))) {
          await writeEach(this.#remote, SERVICE.writer, "WriteSpan", batch, call);
        }
      } catch (error) {
        throw this.#remote.failure(error, "write");
      }
    });
  }

  /** False when the server takes no streams after all. */
  async #stream(batch: SpanBatch, call: RemoteCall): Promise<boolean> {
    try {
      await this.#remote.tellMany(SERVICE.streamingWriter, "WriteSpanStream", requestsOf(batch), call);
      return true;
    } catch (error) {
      if (!isNotImplemented(error)) throw error;
      this.#remote.forgetCapabilities();
      return false;
    }
  }
}

/** Writes to the server's archive, a span a call: it has no streams. */
export function archiveWriter(remote: Remote): SpanWriter {
  return {
    write: (batch, { signal } = {}) =>
      remote.writing(signal, async () => {
        try {
          await writeEach(remote, SERVICE.archiveWriter, "WriteArchiveSpan", batch, { tenant: batch.tenant, signal });
        } catch (error) {
          throw remote.failure(error, "write");
        }
      }),
  };
}

/** Made one by one while they are sent. */
function* requestsOf({ spans, commonFields }: SpanBatch): Generator<Uint8Array> {
  for (const span of spans) yield encodeWriteSpan(span, commonFields);
}

async function writeEach(
  remote: Remote,
  service: string,
  method: string,
  batch: SpanBatch,
  call: RemoteCall,
): Promise<void> {
  const requests = requestsOf(batch);
  let failed = false;
  const work = async () => {
    for (const request of requests) {
      try {
        await remote.tell(service, method, request, call);
      } catch (error) {
        failed = true;
        throw error;
      }
      if (failed) return;
    }
  };
  const workers = Math.min(remote.limits.concurrentSpans, batch.spans.length);
  await Promise.all(Array.from({ length: workers }, work));
}
