import { join } from "node:path";
import { parseAllDocuments } from "yaml";
import type { Helm } from "./helm.ts";
import { ROOT } from "./repository.ts";

export const CHART = join(ROOT, "helm/spoor");

export interface EnvironmentEntry {
  readonly name: string;
  readonly value?: string;
  readonly valueFrom?: object;
}
export interface Container {
  readonly name: string;
  readonly image: string;
  readonly args?: readonly string[];
  readonly env?: readonly EnvironmentEntry[];
  readonly ports?: readonly { readonly name: string; readonly containerPort: number; readonly protocol: string }[];
  readonly securityContext: Readonly<Record<string, unknown>>;
  readonly resources: { readonly requests?: object; readonly limits?: object };
  readonly volumeMounts?: readonly { readonly name: string; readonly mountPath: string }[];
  readonly [probe: `${string}Probe`]:
    | { readonly httpGet: { readonly path: string; readonly port: string } }
    | undefined;
}
export interface PodSpec {
  readonly automountServiceAccountToken: boolean;
  readonly securityContext: Readonly<Record<string, unknown>>;
  readonly containers: readonly Container[];
  readonly volumes?: readonly { readonly name: string }[];
}
export interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly labels: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
  };
  readonly spec: {
    readonly template?: {
      readonly metadata: { readonly labels: Readonly<Record<string, string>> };
      readonly spec: PodSpec;
    };
    readonly selector?: Readonly<Record<string, unknown>>;
    readonly ports?: readonly {
      readonly name: string;
      readonly port: number;
      readonly targetPort: number | string;
      readonly protocol: string;
    }[];
    readonly scaleTargetRef?: { readonly kind: string; readonly name: string };
    readonly [key: string]: unknown;
  };
}

/** What the chart gives for these values (`--set` notation) as a release called `r`: YAML of several documents. */
export function template(helm: Helm, namespace: string, values: readonly string[]): Promise<string> {
  const sets = values.flatMap((value) => [
    value.includes("={") || value.includes("=[") ? "--set-json" : "--set",
    value,
  ]);
  return helm.run("template", "r", CHART, "--namespace", namespace, ...sets);
}

/** The objects of `template`, in the namespace `traces`. */
export async function render(helm: Helm, ...values: readonly string[]): Promise<readonly Manifest[]> {
  const text = await template(helm, "traces", values);
  return parseAllDocuments(text).flatMap((document) => {
    if (document.errors.length > 0) throw new Error(String(document.errors[0]));
    const manifest = document.toJS() as Manifest | null;
    return manifest === null ? [] : [manifest];
  });
}

/** A pod of a manifest: that of a Deployment, DaemonSet or Job, or the manifest itself; absent for others. */
export function podOf(manifest: Manifest): PodSpec | undefined {
  if (manifest.kind === "Pod") return manifest.spec as unknown as PodSpec;
  return manifest.spec?.template?.spec;
}

export function named(manifests: readonly Manifest[], kind: string, name: string): Manifest {
  const found = manifests.find((manifest) => manifest.kind === kind && manifest.metadata.name === name);
  if (found === undefined) throw new Error(`no ${kind} ${name}`);
  return found;
}
