import { execFile } from "node:child_process";
import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { CASES } from "./cases.ts";
import { template } from "./chart.ts";
import { requireHelm } from "./helm.ts";

/** Of a cluster, or just its API server, on which a namespace may be made. Nothing runs there. Without it this file is left out. */
const kubeconfig = process.env.SPOOR_KUBECONFIG ?? "";
const helm = await requireHelm();
const TIMEOUT_MS = 60_000;

const HOST_PORTS = ["mode=direct", "agent.useHostPort=true"];

describe.skipIf(!helm.available)(`an API server, with the Pod Security standard restricted ${helm.reason}`, () => {
  const namespace = `spoor-test-${randomUUID().slice(0, 8)}`;
  const levels = ["enforce", "warn"].map((mode) => `pod-security.kubernetes.io/${mode}=restricted`);

  beforeAll(async () => {
    await kubectl(["create", "namespace", namespace]);
    await kubectl(["label", "namespace", namespace, ...levels]);
  }, TIMEOUT_MS);

  afterAll(() => kubectl(["delete", "namespace", namespace, "--wait=false"]), TIMEOUT_MS);

  const apply = async (values: readonly string[]) =>
    kubectl(
      ["apply", "--dry-run=server", "--namespace", namespace, "-f", "-"],
      await template(helm, namespace, values),
    );

  it.each(Object.entries(CASES))(
    "takes without a warning what the chart gives for %s",
    async (_, values) => {
      const { stdout, stderr } = await apply(values);
      expect(stdout).toMatch(/service\/r-spoor-query created/);
      expect(stderr).toBe("");
    },
    TIMEOUT_MS,
  );

  it(
    "warns of the agent's ports on the node, which that standard has no room for",
    async () => {
      const { stderr } = await apply(HOST_PORTS);
      expect(stderr).toMatch(/would violate PodSecurity "restricted:latest": hostPort/);
    },
    TIMEOUT_MS,
  );
});

function kubectl(args: readonly string[], input = ""): Promise<{ readonly stdout: string; readonly stderr: string }> {
  return new Promise((resolve, reject) => {
    const child = execFile("kubectl", ["--kubeconfig", kubeconfig, ...args], (error, stdout, stderr) => {
      if (error === null) resolve({ stdout, stderr });
      else reject(new Error(`kubectl ${args[0]}: ${stderr}`, { cause: error }));
    });
    child.stdin?.end(input);
  });
}
