import type { GrpcCall, StreamingMethod } from "./method.ts";
import { GRPC_STATUS, GrpcError } from "./status.ts";

/** A call whose reply is a stream, as the method sees it. */
export interface StreamedCall {
  readonly call: GrpcCall;
  /** Aborted when the client goes away or its deadline passes. */
  readonly signal: AbortSignal;
  /** Adds to the initial metadata; only before the first message. */
  header(name: string, value: string): void;
}

/** One request, many replies: a message is made when the client has taken those before it. */
export function serverStreaming(
  handle: (request: Buffer, call: StreamedCall) => AsyncIterable<Uint8Array>,
): StreamingMethod {
  return {
    kind: "streaming",
    open(replies, call) {
      const gone = new AbortController();
      let started = false;
      const pump = async (request: Buffer): Promise<void> => {
        const streamed: StreamedCall = {
          call,
          signal: gone.signal,
          header: (name, value) => replies.header(name, value),
        };
        try {
          for await (const message of handle(request, streamed)) {
            if (!replies.send(message)) await replies.drained();
            if (gone.signal.aborted) return;
          }
          replies.end();
        } catch (error) {
          if (!gone.signal.aborted) replies.fail(error);
        }
      };
      return {
        message(request) {
          // v1 takes the first request and ignores others.
          if (started) return;
          started = true;
          void pump(request);
        },
        end() {
          if (!started) replies.fail(new GrpcError(GRPC_STATUS.UNKNOWN, "EOF"));
        },
        closed: () => gone.abort(),
      };
    },
  };
}
