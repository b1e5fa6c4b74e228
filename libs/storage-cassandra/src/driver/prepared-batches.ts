/// <reference path="./cassandra-driver-lib.d.ts" />
import type { Client } from "cassandra-driver";
import executionOptions from "cassandra-driver/lib/execution-options.js";
import PrepareHandler from "cassandra-driver/lib/prepare-handler.js";
import RequestHandler from "cassandra-driver/lib/request-handler.js";
import type { BatchFrame } from "./batch-frame.ts";

const { DefaultExecutionOptions } = executionOptions;
const OPTIONS = { prepare: true, logged: false } as const;

/**
 * Sends batches that are encoded already. The driver's own `batch` makes several objects for every value, which is most of what writing a
 * span costs; choosing nodes, trying again, preparing anew and time-outs stay the driver's. Its modules are not meant for others: their version is
 * fixed in package.json (docs/adr/008-cassandra-batches-are-encoded-here.md).
 */
export class PreparedBatches {
  readonly #client: Client;
  readonly #anyNode: ReturnType<typeof DefaultExecutionOptions.create>;

  constructor(client: Client) {
    this.#client = client;
    this.#anyNode = DefaultExecutionOptions.create(OPTIONS, client);
  }

  /** The id under which nodes know a statement of the client's keyspace. */
  async prepare(query: string): Promise<Buffer> {
    const { queryId } = await PrepareHandler.getPrepared(
      this.#client,
      this.#anyNode.getLoadBalancingPolicy(),
      query,
      this.#client.keyspace,
    );
    return queryId;
  }

  /** `routingKey`: a partition key whose nodes are asked first, in parts when it has several columns. */
  async send(frame: BatchFrame, routingKey: readonly Buffer[] | undefined): Promise<void> {
    const options =
      routingKey === undefined
        ? this.#anyNode
        : DefaultExecutionOptions.create({ ...OPTIONS, routingKey: joined(routingKey) }, this.#client);
    await RequestHandler.send(frame, options, this.#client);
  }
}

/** A partition key of several columns as nodes hash it. */
function joined(parts: readonly Buffer[]): Buffer {
  const [only] = parts;
  if (only !== undefined && parts.length === 1) return only;
  return Buffer.concat(
    parts.flatMap((part) => {
      const length = Buffer.alloc(2);
      length.writeUInt16BE(part.length);
      return [length, part, Buffer.of(0)];
    }),
  );
}
