import { StorageError } from "@spoor/storage-api";
import { agentOption } from "./agents.ts";
import type { ClusterConnection, ClusterRequest, ClusterResponse } from "./cluster.ts";
import { type ConnectionSettings, unreachable } from "./connection-settings.ts";
import { parseAnswer } from "./parse-answer.ts";

/** OpenSearch's client, which does not ask who made the server. */
export async function connectOpensearch(settings: ConnectionSettings): Promise<ClusterConnection> {
  const { Client, errors } = await import("@opensearch-project/opensearch");
  const { servers, tls, sniff, requestTimeoutMs, authorization } = settings;
  const client = new Client({
    nodes: [...servers],
    requestTimeout: requestTimeoutMs,
    maxRetries: Math.max(1, servers.length),
    sniffOnStart: sniff,
    sniffOnConnectionFault: sniff,
    ...agentOption(tls),
  });
  client.serializer.deserialize = parseAnswer;
  return {
    async request(request: ClusterRequest): Promise<ClusterResponse> {
      const { bearerToken } = request;
      const value = bearerToken === undefined ? authorization.value() : `Bearer ${bearerToken}`;
      request.signal?.throwIfAborted();
      const running = client.transport.request(
        {
          method: request.method,
          path: request.path,
          ...(request.query === undefined ? {} : { querystring: { ...request.query } }),
          ...(request.body === undefined ? {} : { [request.isLines === true ? "bulkBody" : "body"]: request.body }),
        },
        {
          headers: {
            ...(request.body === undefined
              ? {}
              : { "content-type": request.isLines === true ? "application/x-ndjson" : "application/json" }),
            ...(value === undefined ? {} : { authorization: value }),
          },
        },
      );
      const abort = () => running.abort();
      request.signal?.addEventListener("abort", abort, { once: true });
      try {
        const { statusCode, body } = await running;
        return { status: statusCode ?? 0, body };
      } catch (error) {
        if (error instanceof errors.ResponseError) return { status: error.statusCode ?? 0, body: error.body };
        if (request.signal?.aborted === true) throw request.signal.reason;
        throw new StorageError("UNAVAILABLE", unreachable(settings, error as Error), { cause: error });
      } finally {
        request.signal?.removeEventListener("abort", abort);
      }
    },
    close: () => client.close(),
  };
}
