import { HttpServer, httpLimits, sendNotFound } from "./http/server.ts";
import type { SamplingHttpOptions } from "./options.ts";
import type { Receiver } from "./receiver.ts";
import { samplingHandlers } from "./sampling-handler.ts";

/** The HTTP port of an agent (5778): `/sampling` and, for old clients, `/`. */
export async function startSamplingHttp(options: SamplingHttpOptions): Promise<Receiver> {
  const server = new HttpServer({ ...options, limits: httpLimits(options.limits) });
  const handlers = samplingHandlers(options.strategies, options.registry, "agent");
  server.app.all("/sampling", handlers.json);
  server.app.all("/", handlers.legacy);
  server.app.setNotFoundHandler(sendNotFound);
  return server.listen();
}
