import { execFile } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { mkdir, mkdtemp, readFile, realpath, rename, rm, writeFile } from "node:fs/promises";
import { request } from "node:https";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { createTestCertificates, type TestCertificates } from "./certificates.ts";
import { findJava } from "./java.ts";
import { freePorts, type ServerProcess } from "./process.ts";
import { JAVA_OF } from "./require-service.ts";
import {
  configure,
  createServerFolder,
  fetchDistribution,
  runScript,
  type SearchServer,
  type SearchServerLayout,
  startServer,
} from "./search-server.ts";

const run = promisify(execFile);
const USERNAME = "elastic";
const PASSWORD = "spoor-test";
const ADMINISTRATOR = { username: USERNAME, password: PASSWORD } as const;
/** The parameters of a plugin's `getRestHandlers`, as the source has them, and as version 8 wants them. */
const HANDLER_PARAMETERS =
  "RestHandlersServices services, Supplier<DiscoveryNodes> nodes, Predicate<NodeFeature> features";
const HANDLER_PARAMETERS_8 = [
  "org.elasticsearch.common.settings.Settings settings",
  "org.elasticsearch.common.io.stream.NamedWriteableRegistry registry",
  "org.elasticsearch.rest.RestController controller",
  "org.elasticsearch.common.settings.ClusterSettings clusterSettings",
  "org.elasticsearch.common.settings.IndexScopedSettings indexSettings",
  "org.elasticsearch.common.settings.SettingsFilter filter",
  "org.elasticsearch.cluster.metadata.IndexNameExpressionResolver resolver",
  "Supplier<DiscoveryNodes> nodes",
  "Predicate<NodeFeature> features",
].join(", ");
const PLUGIN = fileURLToPath(new URL("../java/elasticsearch-root-info/RootInfoPlugin.java", import.meta.url));

export interface ElasticsearchOptions {
  readonly version?: "7.17.29" | "8.19.21" | "9.5.3";
  /** The JVM's heap in MiB. */
  readonly heapMb?: number;
  /** Wants a password: that of the user `elastic`. */
  readonly security?: boolean;
  /** Speaks HTTPS only; needs `security`. */
  readonly tls?: boolean;
  /** With TLS, answers nobody without a certificate of the test's authority. */
  readonly clientCertificates?: boolean;
  /** Further settings of `elasticsearch.yml`. */
  readonly settings?: Readonly<Record<string, string | number | boolean>>;
}

/**
 * Fetches Elasticsearch when needed and starts it: 10 to 30 seconds on a small machine. It is the build for Elastic's own integration
 * tests: the real server with few modules.
 */
export async function startElasticsearch(options: ElasticsearchOptions = {}): Promise<SearchServer> {
  const version = options.version ?? "7.17.29";
  const java = await realpath(await findJava(version === "9.5.3" ? JAVA_OF.elasticsearch9 : JAVA_OF.elasticsearch7));
  const home = await fetchDistribution(
    `elasticsearch-${version}`,
    { groupId: "org.elasticsearch.distribution.integ-test-zip", artifactId: "elasticsearch", version },
    java,
  );
  if (!version.startsWith("7.")) await addRootInfo(home, version, java);
  const folder = await createServerFolder("elasticsearch");
  const [port = 0, transportPort = 0] = await freePorts(2);
  const certificates = options.tls ? await createTestCertificates(join(folder, "tls")) : undefined;
  const tls = certificates === undefined ? {} : await httpsSettings(folder, certificates, options.clientCertificates);
  const layout: SearchServerLayout = {
    name: "elasticsearch",
    home,
    java,
    heapMb: options.heapMb ?? 512,
    settings: {
      "http.port": port,
      "transport.port": transportPort,
      "action.destructive_requires_name": false,
      "xpack.security.enabled": options.security ?? false,
      ...tls,
      ...options.settings,
    },
  };
  const url = `${certificates === undefined ? "http" : "https"}://127.0.0.1:${port}`;
  let server: ServerProcess | undefined;
  const start = async () => {
    server = await startServer(folder, layout, () =>
      isHealthy(`${url}/_cluster/health?wait_for_status=yellow&timeout=1s`, ADMINISTRATOR, certificates),
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
    if (options.security) {
      await runScript(folder, layout, "elasticsearch-keystore", ["create"]);
      await runScript(
        folder,
        layout,
        "elasticsearch-keystore",
        ["add", "--stdin", "--force", "bootstrap.password"],
        PASSWORD,
      );
    }
    await start();
  } catch (error) {
    await close();
    throw error;
  }
  return {
    ...{ url, version, username: USERNAME, password: PASSWORD, certificates, stop, start, close },
    ...(certificates === undefined
      ? {}
      : { replaceCertificates: (own, trusted) => putCertificates(folder, own, trusted) }),
  };
}

/** What is in a file is changed, not the file: it may be of another user, who starts the server. */
async function putCertificates(
  folder: string,
  server: TestCertificates,
  trusted: readonly TestCertificates[],
): Promise<void> {
  const authorities = await Promise.all(trusted.map(({ authority }) => readFile(authority)));
  await writeFile(join(folder, "conf", "authority.pem"), Buffer.concat(authorities));
  await writeFile(join(folder, "conf", "server.key"), await readFile(server.serverKey));
  await writeFile(join(folder, "conf", "server.crt"), await readFile(server.serverCertificate));
}

async function httpsSettings(folder: string, certificates: TestCertificates, clientCertificates: boolean = false) {
  await putCertificates(folder, certificates, [certificates]);
  return {
    "xpack.security.http.ssl.enabled": true,
    "xpack.security.http.ssl.key": "server.key",
    "xpack.security.http.ssl.certificate": "server.crt",
    ...(clientCertificates
      ? {
          "xpack.security.http.ssl.client_authentication": "required",
          "xpack.security.http.ssl.certificate_authorities": "authority.pem",
        }
      : {}),
  };
}

/** A server that wants a password and one that has none are both there when they answer. */
export function isHealthy(
  url: string,
  user: { readonly username: string; readonly password: string },
  certificates?: TestCertificates,
): Promise<boolean> {
  const headers = { authorization: `Basic ${Buffer.from(`${user.username}:${user.password}`).toString("base64")}` };
  if (url.startsWith("http:")) {
    return fetch(url, { headers }).then(
      (response) => response.status === 200,
      () => false,
    );
  }
  return new Promise((resolve) => {
    const client =
      certificates === undefined
        ? {}
        : { cert: readFileSync(certificates.clientCertificate), key: readFileSync(certificates.clientKey) };
    const asked = request(url, { rejectUnauthorized: false, headers, ...client }, (response) => {
      response.resume();
      resolve(response.statusCode === 200);
    });
    asked.on("error", () => resolve(false));
    asked.end();
  });
}

/** This build of 8 and later has no module that answers `GET /`, which clients ask first: a small one of ours does. */
async function addRootInfo(home: string, version: string, java: string): Promise<void> {
  const target = join(home, "modules", "spoor-root-info");
  if (existsSync(target)) return;
  const is8 = version.startsWith("8.");
  const release = is8 ? "17" : "21";
  const building = await mkdtemp(join(tmpdir(), "spoor-root-info-"));
  try {
    const [classes, module] = [join(building, "classes"), join(building, "module")];
    await mkdir(classes);
    await mkdir(module);
    const source = join(building, basename(PLUGIN));
    const text = await readFile(PLUGIN, "utf8");
    await writeFile(source, is8 ? text.replace(HANDLER_PARAMETERS, HANDLER_PARAMETERS_8) : text);
    const bin = dirname(java);
    await run(join(bin, "javac"), [
      "-nowarn",
      "-proc:none",
      "--release",
      release,
      "-cp",
      join(home, "lib", "*"),
      "-d",
      classes,
      source,
    ]);
    await run(join(bin, "jar"), ["--create", "--file", join(module, "spoor-root-info.jar"), "-C", classes, "."]);
    await writeFile(
      join(module, "plugin-descriptor.properties"),
      [
        "description=GET / for the build without it",
        `version=${version}`,
        "name=spoor-root-info",
        `java.version=${release}`,
        `elasticsearch.version=${version}`,
        "classname=spoor.rootinfo.RootInfoPlugin",
        "",
      ].join("\n"),
    );
    await run("chmod", ["-R", "a+rX", building]);
    // Into a sibling first, which may be another file system away.
    const sibling = `${target}.${process.pid}`;
    await run("cp", ["-a", module, sibling]);
    await rename(sibling, target).catch(async (error: unknown) => {
      await rm(sibling, { recursive: true, force: true });
      if (!existsSync(target)) throw error;
    });
  } finally {
    await rm(building, { recursive: true, force: true });
  }
}
