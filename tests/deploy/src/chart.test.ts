import { beforeAll, describe, expect, it } from "vitest";
import { parse } from "yaml";
import { CASES } from "./cases.ts";
import { CHART, type Container, type EnvironmentEntry, type Manifest, named, podOf, render } from "./chart.ts";
import { ASK_TIMEOUT_MS, daemonFlags } from "./daemon-flags.ts";
import { requireHelm } from "./helm.ts";
import { apps, DAEMONS, readText } from "./repository.ts";

const helm = await requireHelm();

describe.skipIf(!helm.available)(`the chart ${helm.reason}`, () => {
  it.each(["all-in-one", "direct", "kafka"])("is free of lint in mode %s", async (mode) => {
    await expect(helm.run("lint", "--strict", CHART, "--set", `mode=${mode}`)).resolves.toContain("0 chart(s) failed");
  });

  describe.each(Object.entries(CASES))("%s", (_, values) => {
    let manifests: readonly Manifest[];
    let containers: readonly Container[];

    beforeAll(async () => {
      manifests = await render(helm, ...values);
      containers = manifests.flatMap((manifest) => podOf(manifest)?.containers ?? []);
    });

    it("names each object once, and labels it as Helm's conventions have it", () => {
      const names = manifests.map(({ kind, metadata }) => `${kind} ${metadata.name}`);
      expect(new Set(names).size).toBe(names.length);
      for (const { metadata } of manifests) {
        expect(metadata.labels).toMatchObject({
          "app.kubernetes.io/name": "spoor",
          "app.kubernetes.io/instance": "r",
          "app.kubernetes.io/managed-by": "Helm",
          "app.kubernetes.io/part-of": "spoor",
          "app.kubernetes.io/component": expect.any(String),
          "helm.sh/chart": expect.stringMatching(/^spoor-/),
        });
      }
    });

    it("runs without privileges, with a read-only root, as uid 10001, without the API's token, within a memory limit", () => {
      for (const manifest of manifests) {
        const pod = podOf(manifest);
        if (pod === undefined) continue;
        expect(pod.automountServiceAccountToken).toBe(false);
        expect(pod.securityContext).toMatchObject({
          runAsNonRoot: true,
          runAsUser: 10001,
          seccompProfile: { type: "RuntimeDefault" },
        });
        for (const { securityContext, resources } of pod.containers) {
          expect(securityContext).toMatchObject({
            allowPrivilegeEscalation: false,
            readOnlyRootFilesystem: true,
            capabilities: { drop: ["ALL"] },
          });
          expect(resources).toMatchObject({
            requests: { cpu: expect.anything(), memory: expect.anything() },
            limits: { memory: expect.anything() },
          });
        }
      }
    });

    it(
      "sets only variables that the daemon knows over its store, and each once",
      async () => {
        for (const { name, env = [] } of containers) {
          const names = env.map((entry) => entry.name);
          expect(new Set(names).size, name).toBe(names.length);
          if (!(name in DAEMONS)) continue;
          const { variables } = await daemonFlags(name, storageOf(env));
          expect(
            names.filter((variable) => variable !== "SPAN_STORAGE_TYPE" && !variables.has(variable)),
            name,
          ).toEqual([]);
        }
      },
      ASK_TIMEOUT_MS,
    );

    it(
      "opens the daemons' own ports, and asks the admin port whether they live and are ready",
      async () => {
        for (const container of containers.filter(({ name }) => name in DAEMONS)) {
          const { ports, adminPort } = await daemonFlags(container.name, storageOf(container.env));
          const opened = (container.ports ?? []).map(
            ({ containerPort, protocol }) => `${containerPort}${protocol === "UDP" ? "/udp" : ""}`,
          );
          expect(opened.filter((port) => port !== "9411").sort()).toEqual(ports.filter((port) => port !== "9411"));
          const takesZipkin = container.name === "collector" || container.name === "all-in-one";
          expect(opened.includes("9411")).toBe(takesZipkin && values.includes("collector.zipkin.enabled=true"));
          expect(container.ports?.find(({ name }) => name === "admin")?.containerPort).toBe(adminPort);
          expect(container.livenessProbe?.httpGet).toEqual({ path: "/", port: "admin" });
          expect(container.startupProbe?.httpGet).toEqual({ path: "/", port: "admin" });
          expect(container.readinessProbe?.httpGet).toEqual({ path: "/ready", port: "admin" });
        }
      },
      ASK_TIMEOUT_MS,
    );

    it("has only Services that lead to a port of a pod, budgets and autoscalers that mean a Deployment", () => {
      const workloads = manifests.filter(({ kind }) => kind === "Deployment" || kind === "DaemonSet");
      for (const { kind, metadata, spec } of manifests) {
        if (kind === "Service") {
          const pods = workloads.filter(({ spec: { template } }) =>
            Object.entries(spec.selector ?? {}).every(([key, value]) => template?.metadata.labels[key] === value),
          );
          expect(pods.length, metadata.name).toBe(1);
          const ports = pods.flatMap(
            (workload) => podOf(workload)?.containers.flatMap((item) => item.ports ?? []) ?? [],
          );
          for (const { targetPort, protocol, name } of spec.ports ?? []) {
            const leads = ports.some(
              (port) => (port.containerPort === targetPort || port.name === targetPort) && port.protocol === protocol,
            );
            expect(leads, `${metadata.name} ${name}`).toBe(true);
          }
          const numbers = (spec.ports ?? []).map(({ port, protocol }) => `${port} ${protocol}`);
          expect(new Set(numbers).size, metadata.name).toBe(numbers.length);
        }
        if (kind === "HorizontalPodAutoscaler") {
          const target = named(manifests, "Deployment", spec.scaleTargetRef?.name ?? "");
          expect(target.spec.replicas).toBeUndefined();
        }
        if (kind === "PodDisruptionBudget") {
          const deployment = named(manifests, "Deployment", metadata.name);
          expect(spec.selector).toEqual(deployment.spec.selector);
        }
      }
    });

    it("mounts only volumes that are there", () => {
      for (const manifest of manifests) {
        const pod = podOf(manifest);
        const volumes = (pod?.volumes ?? []).map(({ name }) => name);
        expect(new Set(volumes).size).toBe(volumes.length);
        const mounted = pod?.containers.flatMap(({ volumeMounts = [] }) => volumeMounts.map(({ name }) => name)) ?? [];
        expect([...new Set(mounted)].sort()).toEqual(volumes.sort());
      }
    });

    it("runs images that the Dockerfile has", () => {
      for (const { image } of containers) expect(apps()).toContain(/^spoor\/([a-z-]+):/.exec(image)?.[1]);
    });
  });

  it("runs in mode direct an agent on every node, collectors, query and, before them, the schema's job", async () => {
    const manifests = await render(helm, "mode=direct");
    const workloads = manifests.filter((manifest) => podOf(manifest) !== undefined);
    expect(workloads.map(({ kind, metadata }) => `${kind} ${metadata.name}`).sort()).toEqual([
      "DaemonSet r-spoor-agent",
      "Deployment r-spoor-collector",
      "Deployment r-spoor-query",
      "Job r-spoor-cassandra-schema",
      "Pod r-spoor-test",
    ]);
    const job = named(manifests, "Job", "r-spoor-cassandra-schema");
    expect(job.metadata.annotations?.["helm.sh/hook"]).toBe("pre-install,pre-upgrade");
    expect(environment(manifests, "DaemonSet", "r-spoor-agent").REPORTER_GRPC_HOST_PORT).toBe(
      "dns:///r-spoor-collector-headless:14250",
    );
    expect(named(manifests, "Service", "r-spoor-collector-headless").spec.clusterIP).toBe("None");
    expect(environment(manifests, "Deployment", "r-spoor-query")).toMatchObject({
      SPAN_STORAGE_TYPE: "cassandra",
      CASSANDRA_SERVERS: "cassandra",
    });
  });

  it("puts Kafka and ingesters between collectors and the store in mode kafka", async () => {
    const manifests = await render(helm, "mode=kafka", "kafka.topic=spans", 'kafka.brokers=["a:9092","b:9092"]');
    expect(environment(manifests, "Deployment", "r-spoor-collector")).toEqual({
      SPAN_STORAGE_TYPE: "kafka",
      KAFKA_PRODUCER_BROKERS: "a:9092,b:9092",
      KAFKA_PRODUCER_TOPIC: "spans",
      KAFKA_PRODUCER_ENCODING: "protobuf",
      KAFKA_PRODUCER_AUTHENTICATION: "none",
    });
    expect(environment(manifests, "Deployment", "r-spoor-ingester")).toMatchObject({
      SPAN_STORAGE_TYPE: "cassandra",
      KAFKA_CONSUMER_BROKERS: "a:9092,b:9092",
      KAFKA_CONSUMER_TOPIC: "spans",
      KAFKA_CONSUMER_GROUP_ID: "jaeger-ingester",
    });
  });

  it("keeps v1's names of Services and their ports", async () => {
    for (const mode of ["all-in-one", "direct"]) {
      const manifests = await render(helm, `mode=${mode}`, "collector.zipkin.enabled=true");
      const ports = (name: string) =>
        Object.fromEntries(named(manifests, "Service", name).spec.ports?.map((port) => [port.name, port.port]) ?? []);
      expect(ports("r-spoor-agent")).toMatchObject({
        "zipkin-compact": 5775,
        "jaeger-compact": 6831,
        "jaeger-binary": 6832,
        http: 5778,
      });
      expect(ports("r-spoor-collector")).toMatchObject({
        grpc: 14250,
        http: 14268,
        zipkin: 9411,
        "otlp-grpc": 4317,
        "otlp-http": 4318,
        admin: 14269,
      });
      expect(ports("r-spoor-query")).toMatchObject({ query: 80, grpc: 16685 });
    }
  });

  it("keeps passwords in secrets", async () => {
    const manifests = await render(helm, ...(CASES["kafka, everything set"] ?? []));
    const entries = manifests.flatMap((manifest) => podOf(manifest)?.containers.flatMap(({ env = [] }) => env) ?? []);
    const passwords = entries.filter(({ name }) => /PASSWORD|USERNAME/.test(name));
    expect(passwords.length).toBeGreaterThan(5);
    for (const { valueFrom, value } of passwords) {
      expect(value).toBeUndefined();
      expect(valueFrom).toMatchObject({ secretKeyRef: { name: expect.stringMatching(/^(db|k)$/) } });
    }
    expect(manifests.filter(({ kind }) => kind === "Secret")).toEqual([]);
  });

  it("claims a volume for the embedded store, unless there is one or none is wanted", async () => {
    const claims = async (...values: string[]) =>
      (await render(helm, ...values)).filter(({ kind }) => kind === "PersistentVolumeClaim").length;
    expect(await claims("mode=all-in-one")).toBe(1);
    expect(await claims("storage.embedded.persistence.existingClaim=mine")).toBe(0);
    expect(await claims("storage.embedded.persistence.enabled=false")).toBe(0);
    expect(await claims("storage.type=memory")).toBe(0);
    expect(await claims("mode=direct")).toBe(0);
  });

  it("gives flags as arguments, and images from another registry, by tag or digest", async () => {
    const digest = `sha256:${"0".repeat(64)}`;
    const manifests = await render(
      helm,
      "mode=direct",
      "global.imageRegistry=registry.example",
      "image.tag=1.2.3",
      `query.image.digest=${digest}`,
      "collector.image.registry=other.example",
      'collector.cmdlineParams={"log-level":"debug","collector.queue-size":3000}',
    );
    const container = (name: string) => podOf(named(manifests, "Deployment", name))?.containers[0];
    expect(container("r-spoor-collector")?.image).toBe("other.example/spoor/collector:1.2.3");
    expect(container("r-spoor-query")?.image).toBe(`registry.example/spoor/query@${digest}`);
    expect(container("r-spoor-collector")?.args).toEqual(["--collector.queue-size=3000", "--log-level=debug"]);
  });

  it.each([
    ["an unknown mode", "mode=sidecar", "/mode"],
    ["a misspelt value", "colector.replicaCount=2", "colector"],
    ["a store of one process in mode direct", "mode=direct,storage.type=embedded", "/storage/type"],
    ["a wrong type", "query.replicaCount=two", "/query/replicaCount"],
    ["a port out of range", "query.service.port=99999", "/query/service/port"],
    ["no brokers", "mode=kafka,kafka.brokers=[]", "/kafka"],
    ["SASL without a secret", "mode=kafka,kafka.authentication=plaintext", "/kafka/sasl/existingSecret"],
    ["an ingress without a host", "query.ingress.enabled=true", "/query/ingress/hosts"],
    ["a retention without a unit", "storage.embedded.retention=72", "/storage/embedded/retention"],
    ["a base path with a slash at its end", "query.basePath=/jaeger/", "/query/basePath"],
    ["a keyspace that is none", "storage.cassandra.keyspace=jaeger-v1", "/storage/cassandra/keyspace"],
    ["flags with dashes", "agent.cmdlineParams.--log-level=debug", "--log-level"],
  ])("refuses %s", async (_, value, place) => {
    await expect(render(helm, ...value.split(","))).rejects.toThrow(place);
  });
});

describe("values.schema.json", () => {
  it("describes each value that values.yaml has, and no other", () => {
    const schema = JSON.parse(readText("helm/spoor/values.schema.json")) as Schema;
    const values = parse(readText("helm/spoor/values.yaml")) as object;
    expect(schemaPaths(schema, schema)).toEqual(valuePaths(values));
  });
});

interface Schema {
  readonly $ref?: string;
  readonly $defs?: Readonly<Record<string, Schema>>;
  readonly properties?: Readonly<Record<string, Schema>>;
}

/** What an operator fills in freely, so that the defaults do not show its members. */
const FREE = new Set(["requests", "limits", "claims"]);

function schemaPaths(schema: Schema, root: Schema, path = ""): readonly string[] {
  const target = schema.$ref === undefined ? schema : root.$defs?.[schema.$ref.slice("#/$defs/".length)];
  const members = Object.entries(target?.properties ?? {}).filter(([name]) => !FREE.has(name));
  if (members.length === 0) return [path];
  return members.flatMap(([name, member]) => schemaPaths(member, root, `${path}/${name}`)).sort();
}

function valuePaths(value: unknown, path = ""): readonly string[] {
  const isFree = /\/(resources|podSecurityContext|securityContext)$/.test(path);
  if (isFree || typeof value !== "object" || value === null || Array.isArray(value)) return [path];
  const members = Object.entries(value);
  if (members.length === 0) return [path];
  return members.flatMap(([name, member]) => valuePaths(member, `${path}/${name}`)).sort();
}

function storageOf(env: readonly EnvironmentEntry[] = []): string | undefined {
  return env.find(({ name }) => name === "SPAN_STORAGE_TYPE")?.value;
}

function environment(manifests: readonly Manifest[], kind: string, name: string): Readonly<Record<string, unknown>> {
  const env = podOf(named(manifests, kind, name))?.containers[0]?.env ?? [];
  return Object.fromEntries(env.map((entry) => [entry.name, entry.value ?? entry.valueFrom]));
}
