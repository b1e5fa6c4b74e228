import { get } from "node:http";
import { commandNamed, daemonCommands } from "./command.ts";
import { commandHelp } from "./command-help.ts";
import { parseCommandLine } from "./command-line.ts";
import type { DaemonIdentity, DaemonProcess } from "./daemon-definition.ts";
import { DaemonError } from "./errors.ts";
import type { FlagDefinition } from "./flag-definition.ts";
import { formatHostPort, localAddress, parseHostPort } from "./host-port.ts";
import { Settings } from "./settings.ts";

const TIMEOUT_MS = 1000;
const MAX_BODY_BYTES = 1024 * 1024;

/**
 * The sub-command `status`: prints the health page of a running daemon; throws `STATUS` when it is not healthy. Containers ask every few
 * seconds, so nothing of the daemon itself is loaded for it.
 */
export async function runStatus({ program, adminPort }: DaemonIdentity, host: DaemonProcess): Promise<number> {
  const flags = statusFlags(adminPort);
  const known = new Map(flags.map((flag) => [flag.name, flag]));
  const { given, help } = parseCommandLine(host.args.slice(1), known);
  const command = commandNamed("status", daemonCommands());
  if (help && command !== undefined) {
    host.stdout(commandHelp(program, command, flags));
    return 0;
  }
  const options = new Settings(known, { commandLine: given, environment: host.environment, configFile: new Map() });
  host.stdout(`${await fetchStatus(statusAddress(options))}\n`);
  return 0;
}

function statusFlags(adminPort: number): readonly FlagDefinition[] {
  return [
    {
      name: "status.http.host-port",
      type: "string",
      default: `:${adminPort}`,
      description: `The host:port (e.g. 127.0.0.1:${adminPort} or :${adminPort}) for the health check`,
    },
    {
      name: "admin.http.host-port",
      type: "string",
      default: "",
      description: "As the daemon has it",
      hidden: true,
    },
  ];
}

/** Where the daemon to ask listens: the flag of `status` itself, else what moves the daemon's admin server. A flag wins over the environment. */
function statusAddress(options: Settings): string {
  const [own, admin] = [options.sourceOf("status.http.host-port"), options.sourceOf("admin.http.host-port")];
  const followsAdmin = admin === "flag" ? own !== "flag" : admin !== "default" && own === "default";
  return options.string(followsAdmin ? "admin.http.host-port" : "status.http.host-port");
}

async function fetchStatus(hostPort: string): Promise<string> {
  const target = localAddress(parseHostPort(hostPort, "the flag --status.http.host-port"));
  const url = `http://${formatHostPort(target)}`;
  return new Promise((resolve, reject) => {
    const fail = (reason: string) => reject(new DaemonError("STATUS", reason));
    const request = get(url, { timeout: TIMEOUT_MS, agent: false }, (response) => {
      const chunks: Buffer[] = [];
      let size = 0;
      response.on("data", (chunk: Buffer) => {
        size += chunk.length;
        if (size <= MAX_BODY_BYTES) chunks.push(chunk);
      });
      response.on("error", (error) => fail(`Get "${url}": ${error.message}`));
      response.on("end", () => {
        if (response.statusCode === 200) resolve(Buffer.concat(chunks).toString("utf8"));
        else fail(`abnormal value of http status code: ${response.statusCode}`);
      });
    });
    request.on("timeout", () => request.destroy(new Error("context deadline exceeded")));
    request.on("error", (error: NodeJS.ErrnoException) => {
      const address = formatHostPort(target);
      const reason = error.code === "ECONNREFUSED" ? `dial tcp ${address}: connect: connection refused` : error.message;
      fail(`Get "${url}": ${reason}`);
    });
  });
}
