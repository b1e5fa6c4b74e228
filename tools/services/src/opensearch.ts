import { realpath, rm } from "node:fs/promises";
import { join } from "node:path";
import { createTestCertificates } from "./certificates.ts";
import { isHealthy } from "./elasticsearch.ts";
import { findJava } from "./java.ts";
import { ADMINISTRATOR, addSecurity, SECURED_VERSION, securitySettings } from "./opensearch-security.ts";
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
  /** With the security plugin, on the version that it is there for: HTTPS only, and a password. */
  readonly security?: boolean;
  /** The JVM's heap in MiB. */
  readonly heapMb?: number;
  /** Further settings of `opensearch.yml`. */
  readonly settings?: Readonly<Record<string, string | number | boolean>>;
}

const NOBODY = { username: "", password: "" } as const;

/**
 * Fetches OpenSearch when needed and starts it: half a minute on a small machine. It is the build for its own integration tests, without
 * plugins: plain HTTP and no password, unless `security` is wanted.
 */
export async function startOpensearch(options: OpensearchOptions = {}): Promise<SearchServer> {
  const isSecured = options.security ?? false;
  const version = isSecured ? SECURED_VERSION : (options.version ?? "3.6.0");
  const java = await realpath(await findJava(version === "2.19.6" ? JAVA_OF.elasticsearch7 : JAVA_OF.opensearch));
  const home = await fetchDistribution(
    `opensearch-${version}${isSecured ? "-security" : ""}`,
    { groupId: "org.opensearch.distribution.integ-test-zip", artifactId: "opensearch", version },
    java,
  );
  if (isSecured) await addSecurity(home, java);
  const folder = await createServerFolder("opensearch");
  const [port = 0, transportPort = 0] = await freePorts(2);
  const certificates = isSecured ? await createTestCertificates(join(folder, "tls")) : undefined;
  const security = certificates === undefined ? {} : await securitySettings(home, folder, certificates);
  const { username, password } = isSecured ? ADMINISTRATOR : NOBODY;
  const url = `${isSecured ? "https" : "http"}://127.0.0.1:${port}`;
  const layout: SearchServerLayout = {
    name: "opensearch",
    home,
    java,
    heapMb: options.heapMb ?? 512,
    settings: { "http.port": port, "transport.port": transportPort, ...security, ...options.settings },
    // The options name the server's agent by a path relative to its home.
    jvmOption: (line) => line.replace("-javaagent:agent/", `-javaagent:${join(home, "agent")}/`),
  };
  let server: ServerProcess | undefined;
  const start = async () => {
    server = await startServer(folder, layout, () =>
      isHealthy(`${url}/_cluster/health?wait_for_status=yellow&timeout=1s`, { username, password }, certificates),
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
  return { url, version, username, password, certificates, stop, start, close };
}
