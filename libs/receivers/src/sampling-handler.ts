import { renderJson, renderLegacyJson, type SamplingStrategy, type StrategyProvider } from "@spoor/sampling";
import type { FastifyReply, FastifyRequest } from "fastify";
import type { Registry } from "prom-client";
import { sendJson, sendStatus, sendText } from "./http/server.ts";
import { queryValues, splitUrl } from "./http/url.ts";
import { counterOf } from "./metrics.ts";

export type SamplingHandler = (request: FastifyRequest, reply: FastifyReply) => Promise<FastifyReply>;

export interface SamplingHandlers {
  /** Protobuf's JSON: an agent's `/sampling`, a collector's `/api/sampling`. */
  readonly json: SamplingHandler;
  /** The JSON of old clients: an agent's `/`. */
  readonly legacy: SamplingHandler;
}

/**
 * Answers `?service=S` with the service's strategy (jaegertracing/jaeger `clientcfg/clientcfghttp`). `component` is the part of
 * the metrics' names that says whose they are.
 */
export function samplingHandlers(
  strategies: StrategyProvider,
  registry: Registry,
  component: "agent" | "collector",
): SamplingHandlers {
  const count = samplingMetrics(registry, component);

  const handler =
    (render: (strategy: SamplingStrategy) => string, type: string, source: string): SamplingHandler =>
    async (request, reply) => {
      if (request.method !== "GET") return sendStatus(reply, 405);
      const services = queryValues(splitUrl(request.raw.url ?? "").query, "service");
      const [service] = services;
      if (service === undefined || services.length > 1) {
        count.error("4xx", "all");
        return sendText(reply, 400, "'service' parameter must be provided once");
      }
      let strategy: SamplingStrategy;
      try {
        strategy = await strategies.getStrategy(service);
      } catch (error) {
        count.error("5xx", "collector-proxy");
        return sendText(reply, 500, `collector error: ${error instanceof Error ? error.message : String(error)}`);
      }
      let json: string;
      try {
        json = render(strategy);
      } catch {
        count.error("5xx", source);
        return sendText(reply, 500, "cannot marshall to JSON");
      }
      count.request(type);
      return sendJson(reply, 200, json);
    };

  return {
    json: handler(renderJson, "sampling", "proto"),
    legacy: handler(renderLegacyJson, "sampling-legacy", "thrift"),
  };
}

function samplingMetrics(registry: Registry, component: string) {
  const requests = counterOf(registry, {
    name: `jaeger_${component}_http_server_requests_total`,
    help: "Sampling strategies handed out over HTTP, by the shape asked for",
    labelNames: ["type"],
  });
  const errors = counterOf(registry, {
    name: `jaeger_${component}_http_server_errors_total`,
    help: "Requests for sampling strategies that failed, by where",
    labelNames: ["source", "status"],
  });
  for (const type of ["sampling", "sampling-legacy"]) requests.inc({ type }, 0);
  errors.inc({ source: "all", status: "4xx" }, 0);
  for (const source of ["collector-proxy", "proto", "thrift", "write"]) errors.inc({ source, status: "5xx" }, 0);
  return {
    request: (type: string) => requests.inc({ type }),
    error: (status: string, source: string) => errors.inc({ source, status }),
  };
}
