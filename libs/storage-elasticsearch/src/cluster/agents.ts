import * as http from "node:http";
import { LiveAgent, type LiveTls } from "@spoor/client-tls";

/** Those of both makers' clients. */
const AGENT_OPTIONS = {
  keepAlive: true,
  keepAliveMsecs: 1000,
  maxSockets: 256,
  maxFreeSockets: 256,
  scheduling: "lifo",
} as const;

/** The option by which both makers' clients get the agent of a node. Those that they make by themselves keep the certificates of their start. */
export function agentOption(tls: LiveTls | undefined) {
  if (tls === undefined) return {};
  return {
    agent: ({ url }: { readonly url: URL }): http.Agent =>
      url.protocol === "https:" ? new LiveAgent(tls, AGENT_OPTIONS) : new http.Agent(AGENT_OPTIONS),
  };
}
