import { type LiveTls, openLiveTls } from "@spoor/client-tls";
import { StorageError } from "@spoor/storage-api";
import { failure } from "../errors.ts";
import { type ElasticsearchStorageOptions, type Options, withDefaults } from "../options.ts";
import type { Cluster, ClusterConnection, Flavour } from "./cluster.ts";
import type { ConnectionSettings } from "./connection-settings.ts";
import { AuthorizationHeader } from "./credentials.ts";
import { connectElasticsearch } from "./elasticsearch-connection.ts";
import { connectOpensearch } from "./opensearch-connection.ts";

interface ServerInfo {
  readonly tagline?: string;
  readonly version?: { readonly number?: string; readonly distribution?: string };
}

/** Asks the servers who they are and connects with the client of their maker. */
export async function connectCluster(options: Options): Promise<Cluster> {
  const flagPrefix = options.archive ? "es-archive" : "es";
  const tls = openTls(options, flagPrefix);
  try {
    return await connectWith(options, tls, flagPrefix);
  } catch (error) {
    tls?.close();
    throw error;
  }
}

function openTls({ tls, watchTls }: Options, flagPrefix: string): LiveTls | undefined {
  try {
    return openLiveTls(tls, watchTls);
  } catch (error) {
    throw new StorageError("UNAVAILABLE", `--${flagPrefix}.tls.* cannot be used: ${String(error)}`, { cause: error });
  }
}

async function connectWith(options: Options, tls: LiveTls | undefined, flagPrefix: string): Promise<Cluster> {
  const settings: ConnectionSettings = {
    servers: options.servers,
    tls,
    sniff: options.sniff,
    requestTimeoutMs: options.requestTimeoutMs,
    authorization: new AuthorizationHeader(options.credentials),
    flagPrefix,
  };
  const info = await serverInfo(settings);
  const version = info.version?.number;
  if (typeof version !== "string") {
    throw new StorageError("UNAVAILABLE", `${options.servers.join(", ")} is no Elasticsearch and no OpenSearch`);
  }
  const major = Number.parseInt(version, 10);
  const flavour: Flavour =
    info.version?.distribution === "opensearch" || info.tagline?.includes("OpenSearch") === true
      ? "opensearch"
      : "elasticsearch";
  if (flavour === "elasticsearch" && major < 7) {
    throw new StorageError("UNAVAILABLE", `Elasticsearch ${version} is too old: 7.17 is the oldest that is served`);
  }
  const connect = flavour === "opensearch" ? connectOpensearch : connectElasticsearch;
  return new ConnectedCluster(await connect(settings), settings, flavour, version, major);
}

/** Each client takes a while and some 10 MB to be loaded: OpenSearch's is only when Elastic's says that the server is not Elastic's. */
async function serverInfo(settings: ConnectionSettings): Promise<ServerInfo> {
  try {
    return await ask(await connectElasticsearch({ ...settings, sniff: false }), settings);
  } catch (error) {
    if (!(error instanceof StorageError && isOtherProduct(error.cause))) throw error;
    return ask(await connectOpensearch({ ...settings, sniff: false }), settings);
  }
}

async function ask(connection: ClusterConnection, { flagPrefix }: ConnectionSettings): Promise<ServerInfo> {
  try {
    const response = await connection.request({ method: "GET", path: "/" });
    if (response.status !== 200) throw failure(response, "ask the server for its version", flagPrefix);
    return response.body as ServerInfo;
  } finally {
    await connection.close();
  }
}

/** Elastic's client talks with no other server. */
function isOtherProduct(cause: unknown): boolean {
  return cause instanceof Error && cause.name === "ProductNotSupportedError";
}

/** A connection without a store, for tools. */
export function openCluster(
  options: Pick<ElasticsearchStorageOptions, "servers" | "credentials" | "tls" | "requestTimeoutMs">,
): Promise<Cluster> {
  return connectCluster(withDefaults(options));
}

class ConnectedCluster implements Cluster {
  readonly flavour: Flavour;
  readonly version: string;
  readonly major: number;
  readonly close: () => Promise<void>;
  readonly request: Cluster["request"];

  constructor(
    connection: ClusterConnection,
    { authorization, tls }: ConnectionSettings,
    flavour: Flavour,
    version: string,
    major: number,
  ) {
    this.flavour = flavour;
    this.version = version;
    this.major = major;
    this.close = () => {
      tls?.close();
      return connection.close();
    };
    this.request = async (request) => {
      const response = await connection.request(request);
      if (response.status !== 401 || request.bearerToken !== undefined) return response;
      // A password or token that was changed a moment ago.
      authorization.forget();
      return connection.request(request);
    };
  }
}
