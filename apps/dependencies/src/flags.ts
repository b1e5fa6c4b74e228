import type { FlagDefinition, FlagGroup } from "@spoor/daemon";
import { CASSANDRA_FLAGS, ELASTICSEARCH_FLAGS } from "@spoor/storage-factory";

/** Flags of the stores that matter for reading spans and writing links; the daemons' others are accepted, so that one set of variables serves all. */
const SHOWN = new RegExp(
  `^(?:${[
    "cassandra\\.(?:servers|port|keyspace|local-dc|consistency|timeout|connect-timeout|proto-version|username|password|basic\\..*|tls\\..*)",
    "es\\.(?:server-urls|username|password|password-file|token-file|api-key-file|timeout|tls\\..*)",
    "es\\.(?:index-prefix|index-date-separator|index-rollover-frequency-spans|use-aliases|remote-read-clusters)",
    "es\\.tags-as-fields\\.dot-replacement",
  ].join("|")})$`,
);

/** The keyspace that v1's job reads unless told otherwise. */
const JOB_KEYSPACE = "jaeger_v1_dc1";

export const STORAGES = ["cassandra", "elasticsearch", "opensearch"] as const;
export type StorageName = (typeof STORAGES)[number];

export const FLAGS: readonly FlagGroup[] = [
  {
    title: "What to count",
    flags: [
      {
        name: "storage",
        type: "string",
        default: "",
        description: `Where spans are and links go: ${STORAGES.join(", ")} (required)`,
      },
      {
        name: "date",
        type: "string",
        default: "",
        description: "The UTC day, such as 2026-11-24, unless it is given as an argument (default today)",
      },
      {
        name: "peer-service-tag",
        type: "string",
        default: "",
        description:
          "The tag by which spans name a service that sends no spans, such as peer.service: counts calls to it, as v1's job does. Unset, they are left out, as daemons do that count while they write",
      },
      {
        name: "force",
        type: "bool",
        default: false,
        description:
          "Replace links although daemons still count this day as they write; what they write again counts twice",
      },
      { name: "dry-run", type: "bool", default: false, description: "Print the links as JSON and write nothing" },
    ],
  },
  { title: "Cassandra", flags: CASSANDRA_FLAGS.flags.map(ofTool) },
  { title: "Elasticsearch and OpenSearch", flags: ELASTICSEARCH_FLAGS.flags.map(ofTool) },
];

function ofTool(flag: FlagDefinition): FlagDefinition {
  if (flag.type === "string" && flag.name === "cassandra.keyspace") return { ...flag, default: JOB_KEYSPACE };
  return SHOWN.test(flag.name) ? flag : { ...flag, hidden: true };
}
