import { readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { ASK_TIMEOUT_MS, daemonFlags } from "./daemon-flags.ts";
import { stages } from "./dockerfile.ts";
import { DAEMONS, ROOT, readText } from "./repository.ts";

interface Service {
  readonly image: string;
  readonly build?: { readonly context: string; readonly dockerfile: string; readonly target: string };
  readonly read_only?: boolean;
  readonly cap_drop?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly ports?: readonly string[];
  readonly depends_on?: Readonly<Record<string, { readonly condition: string }>>;
}
interface Compose {
  readonly services: Readonly<Record<string, Service>>;
}

const files = readdirSync(join(ROOT, "deploy/compose")).filter((name) => name.endsWith(".yaml"));
const targets = new Map(stages().map((stage) => [stage.name, stage]));

describe.each(files)("deploy/compose/%s", (file) => {
  const { services } = parse(readText(`deploy/compose/${file}`), { merge: true }) as Compose;
  const own = Object.entries(services).filter(([, { build }]) => build !== undefined);

  it("builds its images from the Dockerfile and runs them with a read-only root and no capabilities", () => {
    expect(own.length).toBeGreaterThan(0);
    for (const [name, { build, image, read_only, cap_drop }] of own) {
      expect(build, name).toEqual({ context: "../..", dockerfile: "deploy/docker/Dockerfile", target: name });
      expect([...targets.keys()]).toContain(name);
      expect(image).toMatch(new RegExp(`^spoor/${name}:`));
      expect(read_only).toBe(true);
      expect(cap_drop).toEqual(["ALL"]);
    }
  });

  it("publishes only ports that the image exposes, under their own numbers", () => {
    for (const [name, { ports = [] }] of own) {
      for (const port of ports) {
        const [, outside, inside, protocol = ""] = /^(\d+):(\d+)(\/udp)?$/.exec(port) ?? [];
        expect(outside, port).toBe(inside);
        expect(targets.get(name)?.ports, name).toContain(`${inside}${protocol}`);
      }
    }
  });

  it("waits only for services that are there", () => {
    for (const { depends_on = {} } of Object.values(services))
      for (const name of Object.keys(depends_on)) expect(Object.keys(services)).toContain(name);
  });

  it(
    "sets only variables that the daemon knows",
    async () => {
      for (const [name, { environment = {} }] of own) {
        if (!(name in DAEMONS)) continue;
        const { variables } = await daemonFlags(name, environment.SPAN_STORAGE_TYPE);
        const unknown = Object.keys(environment).filter((key) => key !== "SPAN_STORAGE_TYPE" && !variables.has(key));
        expect(unknown, name).toEqual([]);
      }
    },
    ASK_TIMEOUT_MS,
  );
});
