/** Modules of the driver (4.10) that its own types do not describe; see `docs/adr/008-cassandra-batches-are-encoded-here.md`. */

declare module "cassandra-driver/lib/execution-options.js" {
  import type { Client, QueryOptions } from "cassandra-driver";
  export interface InternalExecutionOptions {
    getLoadBalancingPolicy(): unknown;
  }
  const executionOptions: {
    readonly DefaultExecutionOptions: { create(options: QueryOptions, client: Client): InternalExecutionOptions };
  };
  export = executionOptions;
}

declare module "cassandra-driver/lib/prepare-handler.js" {
  import type { Client } from "cassandra-driver";

  const PrepareHandler: {
    getPrepared(
      client: Client,
      loadBalancing: unknown,
      query: string,
      keyspace: string,
    ): Promise<{ readonly queryId: Buffer }>;
  };
  export = PrepareHandler;
}

declare module "cassandra-driver/lib/request-handler.js" {
  import type { Client, types } from "cassandra-driver";
  import type { InternalExecutionOptions } from "cassandra-driver/lib/execution-options.js";

  const RequestHandler: {
    send(
      request: { write(encoder: { readonly protocolVersion: number }, streamId: number): Buffer; clone(): unknown },
      options: InternalExecutionOptions,
      client: Client,
    ): Promise<types.ResultSet>;
  };
  export = RequestHandler;
}

declare module "cassandra-driver/lib/writers.js" {
  interface Operation {
    readonly request: { write(encoder: { readonly protocolVersion: number }, streamId: number): Buffer };
    readonly streamId: number;
    canBeWritten(): boolean;
  }

  const writers: {
    /** What a connection writes to its socket with. */
    readonly WriteQueue: new (
      socket: { on(event: "drain", listener: () => void): void; write(bytes: Buffer): boolean },
      encoder: { readonly protocolVersion: number },
      options: { readonly socketOptions: { readonly coalescingThreshold: number } },
    ) => { push(operation: Operation, written: (error?: Error) => void): void };
  };
  export = writers;
}
