import type { GrpcService } from "../method.ts";

/** A service that answers with what it was asked, when its gate opens. For tests. */
export class Echo {
  /** Replies wait for this promise. */
  gate: Promise<void> = Promise.resolve();
  /** Of each call, in order. */
  readonly signals: (AbortSignal | undefined)[] = [];
  readonly service: GrpcService = {
    name: "test.Echo",
    methods: {
      Say: {
        kind: "unary",
        handle: async (request, call) => {
          this.signals.push(call.signal);
          await this.gate;
          return request;
        },
      },
    },
  };
}

/** Path of the only method. */
export const SAY = "/test.Echo/Say";
