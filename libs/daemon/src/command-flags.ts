import type { CommandName } from "./command.ts";
import { DOCUMENTATION_FORMATS } from "./documentation.ts";
import type { FlagDefinition } from "./flag-definition.ts";

/** The flags of a sub-command itself; `status` has its own beside it. */
export function commandFlags(name: CommandName): readonly FlagDefinition[] {
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
