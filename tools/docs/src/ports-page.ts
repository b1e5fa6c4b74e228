import { environmentName } from "@spoor/daemon";
import { DAEMONS, definitionOf } from "./daemons.ts";
import { code, GENERATED, table } from "./markdown.ts";

/** Every address that a daemon listens on. */
export async function portsPage(): Promise<string> {
  const sections: string[] = [];
  for (const daemon of DAEMONS) {
    const { flags, adminPort } = await definitionOf(daemon);
    const admin = [
      `${adminPort}`,
      "tcp",
      "admin: health, metrics, profiles",
      "`--admin.http.host-port`",
      "`ADMIN_HTTP_HOST_PORT`",
    ];
    const rows = flags({ SPAN_STORAGE_TYPE: "memory" }, []).flatMap(({ title, flags: ofGroup }) =>
      ofGroup.flatMap((flag) => {
        if (flag.type !== "string" || flag.listens === undefined) return [];
        const port = flag.default === "" ? "off" : flag.default.replace(/^:/, "");
        const protocol = flag.name.startsWith("processor.") ? "udp" : "tcp";
        const what = protocol === "udp" ? (flag.name.split(".")[1] ?? title) : title;
        return [[port, protocol, what, code(`--${flag.name}`), code(environmentName(flag.name))]];
      }),
    );
    sections.push(`## ${daemon}\n\n${table(["port", "", "", "flag", "environment"], [...rows, admin])}`);
  }
  return `# Ports\n\n${GENERATED}\n\nDefaults, on every interface, IPv4 and IPv6. An empty value closes a port, but for those of admin servers and of query's page.\n\n${sections.join("\n")}`;
}
