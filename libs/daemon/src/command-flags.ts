import type { CommandName } from "./command.ts";
import { DOCUMENTATION_FORMATS } from "./documentation.ts";
import type { FlagDefinition } from "./flag-definition.ts";

/** The flags of a sub-command itself. */
export function commandFlags(name: CommandName, adminPort: number): readonly FlagDefinition[] {
  switch (name) {
    case "docs":
      return [
        {
          name: "dir",
          type: "string",
          default: "./",
          description: "The directory where generate the documentation",
        },
        {
          name: "format",
          type: "string",
          default: "md",
          description: `Supported formats: ${DOCUMENTATION_FORMATS.join(", ")}`,
        },
      ];
    case "status":
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
    case "print-config":
      return [
        {
          name: "all",
          type: "bool",
          default: false,
          description: "Print all configuration options including those with empty values",
        },
      ];
    default:
      return [];
  }
}
