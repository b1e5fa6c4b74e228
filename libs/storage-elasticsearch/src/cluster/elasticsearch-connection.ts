import type { TransportRequestParams } from "@elastic/elasticsearch";
import { StorageError } from "@spoor/storage-api";
import { agentOption } from "./agents.ts";
import type { ClusterConnection, ClusterRequest, ClusterResponse } from "./cluster.ts";
import { type ConnectionSettings, unreachable } from "./connection-settings.ts";
import { parseAnswer } from "./parse-answer.ts";

/** Elastic's client of version 8 speaks with 7.17, 8 and 9; the media types of version 8 stay out of the requests. */
export async function connectElasticsearch(settings: ConnectionSettings): Promise<ClusterConnection> {
  const { Client, errors, HttpConnection, Serializer } = await import("@elastic/elasticsearch");
  class AnswerSerializer extends Serializer {
    override deserialize<T>(json: string): T {
      return parseAnswer(json) as T;
    }
  }
  const { servers, tls, sniff, requestTimeoutMs, authorization } = settings;
  const client = new Client({
    nodes: [...servers],
    // Node's own HTTP client, as OpenSearch's has it; the other one, undici, would be another ten megabytes in every process.
    Connection: HttpConnection,
    Serializer: AnswerSerializer,
    requestTimeout: requestTimeoutMs,
    maxRetries: Math.max(1, servers.length),
    sniffOnStart: sniff,
    sniffOnConnectionFault: sniff,
    enableMetaHeader: false,
    ...agentOption(tls),
  });
  return {
    async request(request: ClusterRequest): Promise<ClusterResponse> {
      const { bearerToken } = request;
      const value = bearerToken === undefined ? authorization.value() : `Bearer ${bearerToken}`;
      const params: TransportRequestParams = {
        method: request.method,
        path: request.path,
        ...(request.query === undefined ? {} : { querystring: { ...request.query } }),
        ...(request.body === undefined ? {} : { [request.isLines === true ? "bulkBody" : "body"]: request.body }),
      };
      try {
        const { statusCode, body } = await client.transport.request(params, {
          meta: true,
          headers: {
            accept: "application/json",
            ...(request.body === undefined
              ? {}
              : { "content-type": request.isLines === true ? "application/x-ndjson" : "application/json" }),
            ...(value === undefined ? {} : { authorization: value }),
          },
          ...(request.signal === undefined ? {} : { signal: request.signal }),
        });
        return { status: statusCode ?? 0, body };
      } catch (error) {
        if (error instanceof errors.ResponseError) return { status: error.statusCode ?? 0, body: error.body };
        if (request.signal?.aborted === true) throw request.signal.reason;
        throw new StorageError("UNAVAILABLE", unreachable(settings, error as Error), { cause: error });
      }
    },
    close: () => client.close(),
  };
}
