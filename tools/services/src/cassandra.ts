import { execFile } from "node:child_process";
import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { jvmFlags, LOGBACK, MODULE_FLAGS, serverConfig } from "./cassandra-config.ts";
import { createTestCertificates, type TestCertificates } from "./certificates.ts";
import { ServiceError } from "./errors.ts";
import { findJava } from "./java.ts";
import { fetchJars } from "./maven.ts";
import { freePorts, type ServerProcess, startProcess } from "./process.ts";
import { JAVA_OF } from "./require-service.ts";

export interface CassandraOptions {
  readonly version?: "5.0.9" | "4.1.10";
  /** The JVM's heap in MiB. */
  readonly heapMb?: number;
  /** Wants a password: `cassandra` / `cassandra`. */
  readonly authentication?: boolean;
  /** Speaks TLS only; with `"mutual"` the client must show a certificate of the same authority. */
  readonly tls?: boolean | "mutual";
  /** What was acknowledged is on disk, at the price of slower writes; otherwise a kill costs the last ten seconds. */
  readonly survivesKill?: boolean;
}

/** One node on 127.0.0.1, with data of its own. */
export interface CassandraServer {
  readonly host: "127.0.0.1";
  readonly port: number;
  readonly localDataCenter: "datacenter1";
  readonly username: "cassandra";
  readonly password: "cassandra";
  /** With `tls`. */
  readonly certificates: TestCertificates | undefined;
  /** Ends the server; its data stay. */
  stop(): Promise<void>;
  /** Ends it without a chance to write anything more. */
  kill(): Promise<void>;
  /** Starts it again on the same data and port. */
  start(): Promise<void>;
  /** With `tls`: looks at its key stores again, which somebody changed (`nodetool reloadssl`); new connections get what is in them. */
  reloadCertificates(): Promise<void>;
  /** Ends it and removes its data. */
  close(): Promise<void>;
}

const run = promisify(execFile);

/** Fetches Cassandra when needed and starts it: some 15 seconds on a small machine. */
export async function startCassandra(options: CassandraOptions = {}): Promise<CassandraServer> {
  const version = options.version ?? "5.0.9";
  const java = await findJava(JAVA_OF.cassandra);
  const jars = await fetchJars(`cassandra-${version}`, [
    { groupId: "org.apache.cassandra", artifactId: "cassandra-all", version },
  ]);
  const agent = (await readdir(jars)).find((file) => /^jamm-.*\.jar$/.test(file));
  if (agent === undefined) throw new ServiceError("FETCH_FAILED", `${jars} has no jamm jar`);

  const folder = await mkdtemp(join(tmpdir(), "spoor-cassandra-"));
  const [port = 0, storagePort = 0, jmxPort = 0] = await freePorts(3);
  const certificates = options.tls ? await createTestCertificates(join(folder, "tls")) : undefined;
  await writeFile(
    join(folder, "cassandra.yaml"),
    serverConfig({
      folder,
      port,
      storagePort,
      authentication: options.authentication ?? false,
      certificates,
      needsClientCertificate: options.tls === "mutual",
      survivesKill: options.survivesKill ?? false,
    }),
  );
  await writeFile(join(folder, "logback.xml"), LOGBACK);

  let server: ServerProcess | undefined;
  let isFirstStart = true;
  const start = async () => {
    const readyLine = options.authentication && isFirstStart ? /Created default superuser role/ : CQL_READY;
    server = await startProcess({
      command: java,
      args: [
        ...jvmFlags({
          folder,
          heapMb: options.heapMb ?? 384,
          agent: join(jars, agent),
          jmxPort: options.tls ? jmxPort : undefined,
        }),
        "-cp",
        join(jars, "*"),
        "org.apache.cassandra.service.CassandraDaemon",
      ],
      logFile: join(folder, "server.log"),
      isReady: (log) => CQL_READY.test(log) && readyLine.test(log),
    });
    isFirstStart = false;
  };
  const end = async (how: "stop" | "kill") => {
    await server?.[how]();
    server = undefined;
  };
  const close = async () => {
    await end("kill");
    await rm(folder, { recursive: true, force: true });
  };
  try {
    await start();
  } catch (error) {
    await close();
    throw error;
  }
  return {
    host: "127.0.0.1",
    port,
    localDataCenter: "datacenter1",
    username: "cassandra",
    password: "cassandra",
    certificates,
    stop: () => end("stop"),
    kill: () => end("kill"),
    start,
    async reloadCertificates() {
      await run(java, [
        ...["-Xmx96m", "-XX:TieredStopAtLevel=1", `-Duser.home=${folder}`, ...MODULE_FLAGS, "-cp", join(jars, "*")],
        ...["org.apache.cassandra.tools.NodeTool", "-h", "127.0.0.1", "-p", String(jmxPort), "reloadssl"],
      ]);
    },
    close,
  };
}

const CQL_READY = /Starting listening for CQL clients/;
