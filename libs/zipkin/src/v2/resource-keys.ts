/**
 * Tags that describe the process, not the span: OpenTelemetry's resource attributes (semantic conventions 1.6.1, the version v1's
 * translator holds to) and those of OpenCensus. `otel.library.*` name the scope.
 */
const NAMES: Readonly<Record<string, string>> = {
  cloud: "provider account.id region availability_zone platform",
  "aws.ecs": "container.arn cluster.arn launchtype task.arn task.family task.revision",
  "aws.eks": "cluster.arn",
  "aws.log": "group.names group.arns stream.names stream.arns",
  container: "name id runtime image.name image.tag",
  deployment: "environment",
  device: "id model.identifier model.name",
  faas: "name id version instance max_memory",
  host: "id name type arch image.name image.id image.version",
  "k8s.cluster": "name",
  "k8s.node": "name uid",
  "k8s.namespace": "name",
  "k8s.pod": "uid name",
  "k8s.container": "name",
  "k8s.replicaset": "uid name",
  "k8s.deployment": "uid name",
  "k8s.statefulset": "uid name",
  "k8s.daemonset": "uid name",
  "k8s.job": "uid name",
  "k8s.cronjob": "uid name",
  os: "type description name version",
  process: "pid executable.name executable.path command command_line command_args owner",
  "process.runtime": "name version description",
  service: "name namespace instance.id version",
  "telemetry.sdk": "name language version",
  "telemetry.auto": "version",
  webengine: "name version description",
  opencensus: "starttime exporterversion resourcetype",
};

export const RESOURCE_KEYS: ReadonlySet<string> = new Set(
  Object.entries(NAMES).flatMap(([prefix, names]) => names.split(" ").map((name) => `${prefix}.${name}`)),
);
