import { Readable } from "node:stream";
import { setImmediate as nextTurn } from "node:timers/promises";
import type { FastifyReply } from "fastify";
import type { HttpReply } from "./reply.ts";

/** Replies up to this size are sent whole, with a length and without compression. */
const WHOLE_BYTES = 64 * 1024;

/**
 * Sends a reply. A body in pieces is read until it is known to be small or large: an error before that still gets a
 * proper answer (this rejects), a later one breaks the connection, so that it never looks like a complete reply.
 */
export async function sendReply(reply: FastifyReply, answer: HttpReply): Promise<FastifyReply> {
  if (typeof answer.body === "string") return head(reply, answer).send(Buffer.from(answer.body, "utf8"));
  const pieces = answer.body[Symbol.asyncIterator]();
  const read: Buffer[] = [];
  let bytes = 0;
  while (bytes < WHOLE_BYTES) {
    const next = await pieces.next();
    if (next.done) return head(reply, answer).send(Buffer.concat(read));
    const chunk = toBytes(next.value);
    read.push(chunk);
    bytes += chunk.length;
  }
  // objectMode off: the high-water mark counts bytes, so no more than a chunk or two waits for a slow client.
  const stream = Readable.from(rest(read, pieces), { objectMode: false, highWaterMark: WHOLE_BYTES });
  return head(reply, answer).send(stream);
}

async function* rest(read: readonly Buffer[], pieces: AsyncIterator<string | Buffer>): AsyncGenerator<Buffer> {
  try {
    yield Buffer.concat(read);
    for (;;) {
      // A large reply takes turns with the other requests.
      await nextTurn();
      const next = await pieces.next();
      if (next.done) return;
      yield toBytes(next.value);
    }
  } finally {
    await pieces.return?.();
  }
}

function toBytes(piece: string | Buffer): Buffer {
  return typeof piece === "string" ? Buffer.from(piece, "utf8") : piece;
}

function head(reply: FastifyReply, answer: HttpReply): FastifyReply {
  return reply.code(answer.status).headers(answer.headers);
}
