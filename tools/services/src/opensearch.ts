import { realpath, rm } from "node:fs/promises";
import { join } from "node:path";
import { isHealthy } from "./elasticsearch.ts";
import { findJava } from "./java.ts";
import { freePorts, type ServerProcess } from "./process.ts";
import { JAVA_OF } from "./require-service.ts";
import {
  configure,
  createServerFolder,
  fetchDistribution,
  type SearchServer,
  type SearchServerLayout,
  startServer,
} from "./search-server.ts";

export interface OpensearchOptions {
  readonly version?: "2.19.6" | "3.6.0";
  /** The JVM's heap in MiB. */
  readonly heapMb?: number;
  /** Further settings of `opensearch.yml`. */
  readonly settings?: Readonly<Record<string, string | number | boolean>>;
}

/**
 * Fetches OpenSearch when needed and starts it: half a minute on a small machine. It is the build for its own integration tests, without
 * the security plugin: plain HTTP, no password.
 */
export async function startOpensearch(options: OpensearchOptions = {}): Promise<SearchServer> {
  const version = options.version ?? "3.6.0";
  const java = await realpath(await findJava(version === "2.19.6" ? JAVA_OF.elasticsearch7 : JAVA_OF.opensearch));
  const home = await fetchDistribution(
    `opensearch-${version}`,
    { groupId: "org.opensearch.distribution.integ-test-zip", artifactId: "opensearch", version },
    java,
  );
  const folder = await createServerFolder("opensearch");
  const [port = 0, transportPort = 0] = await freePorts(2);
  const url = `http://127.0.0.1:${port}`;
  const layout: SearchServerLayout = {
    name: "opensearch",
    home,
    java,
    heapMb: options.heapMb ?? 512,
    settings: { "http.port": port, "transport.port": transportPort, ...options.settings },
    // The options name the server's agent by a path relative to its home.
    jvmOption: (line) => line.replace("-javaagent:agent/", `-javaagent:${join(home, "agent")}/`),
  };
  let server: ServerProcess | undefined;
  const start = async () => {
    server = await startServer(folder, layout, () =>
      isHealthy(`${url}/_cluster/health?wait_for_status=yellow&timeout=1s`),
    );
  };
  const stop = async () => {
    await server?.stop();
    server = undefined;
  };
  const close = async () => {
    await stop();
    await rm(folder, { recursive: true, force: true, maxRetries: 5 });
  };
  try {
    await configure(folder, layout);
    await start();
  } catch (error) {
    await close();
    throw error;
  }
  return { url, version, username: "", password: "", certificates: undefined, stop, start, close };
}
