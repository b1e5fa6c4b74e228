import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { promisify } from "node:util";
import { createTestCertificates, type TestCertificates } from "./certificates.ts";
import { fetchDebianPackage } from "./debian.ts";
import { freePorts, startProcess } from "./process.ts";

const run = promisify(execFile);

export interface PrometheusOptions {
  /** Samples with time stamps in the OpenMetrics text format, which are there from the start. */
  readonly samples?: string;
  /** Speaks TLS only; with `"mutual"` the client must show a certificate of the same authority. */
  readonly tls?: boolean | "mutual";
  /** Wants a password: `spoor` / `spoor-test`. */
  readonly authentication?: boolean;
}

/** A server on 127.0.0.1 that scrapes nothing. */
export interface PrometheusServer {
  readonly url: string;
  readonly port: number;
  readonly username: "spoor";
  readonly password: "spoor-test";
  /** With `tls`. */
  readonly certificates: TestCertificates | undefined;
  /** Ends it and removes its data. */
  close(): Promise<void>;
}

/** Of the password above. */
const BCRYPT = "$2a$04$uhvlpLrE9lx8PeE/gnAuiuGCYMlKU6478vS00SlElbWX3NqcsX/KC";

/** The folder of the programs: of those that are installed, else of Debian's package, fetched when needed (19 MB). */
export async function prometheusPrograms(): Promise<string> {
  const installed = (process.env.PATH ?? "")
    .split(delimiter)
    .find((folder) => folder !== "" && ["prometheus", "promtool"].every((name) => existsSync(join(folder, name))));
  return installed ?? join(await fetchDebianPackage("prometheus"), "usr/bin");
}

/** Fetches Prometheus when needed and starts it: less than a second. */
export async function startPrometheus(options: PrometheusOptions = {}): Promise<PrometheusServer> {
  const programs = await prometheusPrograms();
  const folder = await mkdtemp(join(tmpdir(), "spoor-prometheus-"));
  const file = (name: string) => join(folder, name);
  try {
    const [port = 0] = await freePorts(1);
    const certificates = options.tls ? await createTestCertificates(file("tls")) : undefined;
    await writeFile(file("prometheus.yml"), "scrape_configs: []\n");
    await writeFile(file("web.yml"), webConfig(options, certificates));
    if (options.samples !== undefined) {
      await writeFile(file("samples.txt"), options.samples);
      const blocks = ["tsdb", "create-blocks-from", "openmetrics", file("samples.txt"), file("data")];
      await run(join(programs, "promtool"), blocks);
    }
    const server = await startProcess({
      command: join(programs, "prometheus"),
      args: [
        `--config.file=${file("prometheus.yml")}`,
        `--web.config.file=${file("web.yml")}`,
        `--storage.tsdb.path=${file("data")}`,
        // Samples of a test stay, however old.
        "--storage.tsdb.retention.time=100y",
        `--web.listen-address=127.0.0.1:${port}`,
      ],
      cwd: dirname(file("data")),
      logFile: file("server.log"),
      isReady: (log) => /Server is ready to receive web requests/.test(log),
      timeoutMs: 60_000,
    });
    return {
      url: `${options.tls ? "https" : "http"}://127.0.0.1:${port}`,
      port,
      username: "spoor",
      password: "spoor-test",
      certificates,
      async close() {
        await server.kill();
        await rm(folder, { recursive: true, force: true });
      },
    };
  } catch (error) {
    await rm(folder, { recursive: true, force: true });
    throw error;
  }
}

function webConfig({ tls, authentication }: PrometheusOptions, certificates: TestCertificates | undefined): string {
  const config = {
    ...(certificates === undefined
      ? {}
      : {
          tls_server_config: {
            cert_file: certificates.serverCertificate,
            key_file: certificates.serverKey,
            ...(tls === "mutual"
              ? { client_auth_type: "RequireAndVerifyClientCert", client_ca_file: certificates.authority }
              : {}),
          },
        }),
    ...(authentication ? { basic_auth_users: { spoor: BCRYPT } } : {}),
  };
  return JSON.stringify(config);
}
