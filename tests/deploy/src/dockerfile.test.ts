import { describe, expect, it } from "vitest";
import { ASK_TIMEOUT_MS, daemonFlags } from "./daemon-flags.ts";
import { stages } from "./dockerfile.ts";
import { apps, DAEMONS, readText } from "./repository.ts";

/** Not opened unless asked for, but v1's port of the role. */
const OPTIONAL_PORTS: Readonly<Record<string, readonly string[]>> = { collector: ["9411"] };

describe("the Dockerfile", () => {
  const all = stages();
  const images = all.filter(({ from }) => from === "base");

  it("has a target for every daemon and tool, and no other", () => {
    expect(images.map(({ name }) => name).sort()).toEqual(apps());
    expect(all.filter(({ from }) => from !== "base").map(({ name }) => name)).toEqual(["build", "base"]);
  });

  it("starts from a public image of Node 24 that can be replaced", () => {
    expect(readText("deploy/docker/Dockerfile")).toMatch(/^ARG NODE_IMAGE=docker\.io\/library\/node:24-[a-z]+-slim$/m);
    const bases = all.filter(({ name }) => name === "build" || name === "base").map(({ from }) => from);
    expect(bases).toEqual(["$", "$"].map((dollar) => `${dollar}{NODE_IMAGE}`));
  });

  it("runs as uid 10001, which owns nothing but the folder for data", () => {
    expect(all.find(({ name }) => name === "base")?.lines).toContain("USER 10001:10001");
    for (const { lines } of images) expect(lines.filter((line) => /^(USER|RUN)|--chown/.test(line))).toEqual([]);
  });

  it("has a compiler where it builds, and nowhere else", () => {
    const compiles = all.filter(({ lines }) => lines.some((line) => /\bgcc\b/.test(line)));
    expect(compiles.map(({ name }) => name)).toEqual(["build"]);
    const copied = images.flatMap(({ lines }) => lines.filter((line) => line.startsWith("COPY --from=build ")));
    for (const line of copied) expect(line).toContain(" /src/dist/");
  });

  it.each(images.map((stage) => [stage.name, stage] as const))("%s runs its own app", (name, { lines }) => {
    expect(lines).toContain(`COPY --from=build /src/dist/apps/${name} /app/${name}`);
    const entry = JSON.parse(lines.find((line) => line.startsWith("ENTRYPOINT "))?.slice("ENTRYPOINT ".length) ?? "[]");
    expect(entry.at(0)).toBe("node");
    expect(entry.at(-1)).toBe(`/app/${name}/main.js`);
    const health = lines.filter((line) => line.startsWith("HEALTHCHECK "));
    if (name in DAEMONS) expect(health).toEqual([expect.stringContaining(`"/app/${name}/main.js", "status"]`)]);
    else expect(health).toEqual([]);
  });

  it.each(Object.keys(DAEMONS))(
    "%s exposes the ports that the daemon listens on",
    async (daemon) => {
      const { ports } = await daemonFlags(daemon);
      const exposed = images.find(({ name }) => name === daemon)?.ports;
      expect(exposed).toEqual([...ports, ...(OPTIONAL_PORTS[daemon] ?? [])].sort());
    },
    ASK_TIMEOUT_MS,
  );

  it("tools expose nothing", () => {
    for (const { name, ports } of images) if (!(name in DAEMONS)) expect(ports).toEqual([]);
  });
});
