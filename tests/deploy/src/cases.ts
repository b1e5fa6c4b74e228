const TLS = ["enabled=true", "existingSecret=tls", "clientCertificate=true", "serverName=db", "skipHostVerify=true"];
const under = (prefix: string, values: readonly string[]) => values.map((value) => `${prefix}.${value}`);
const CASSANDRA = [
  "storage.type=cassandra",
  "storage.cassandra.auth.existingSecret=db",
  "storage.cassandra.localDc=dc1",
];
const ELASTICSEARCH = ["storage.elasticsearch.auth.existingSecret=db", "storage.elasticsearch.indexPrefix=p"];
const KAFKA = ["kafka.authentication=plaintext", "kafka.sasl.existingSecret=k", ...under("kafka.tls", TLS)];
const ROLES = [
  "collector.zipkin.enabled=true",
  'collector.samplingConfig="{}"',
  'query.uiConfig="{}"',
  "query.basePath=/j",
];

/** Values of the chart (`--set` notation) that between them reach every branch of the templates. */
export const CASES: Readonly<Record<string, readonly string[]>> = {
  "all-in-one": ["mode=all-in-one"],
  "all-in-one, everything set": ["mode=all-in-one", ...ROLES],
  "all-in-one in memory": ["mode=all-in-one", "storage.type=memory"],
  "all-in-one over Cassandra": ["mode=all-in-one", ...CASSANDRA],
  direct: ["mode=direct"],
  "direct, everything set": ["mode=direct", ...CASSANDRA, ...under("storage.cassandra.tls", TLS), ...ROLES],
  "direct over Elasticsearch": [
    "mode=direct",
    "storage.type=elasticsearch",
    ...ELASTICSEARCH,
    ...under("storage.elasticsearch.tls", TLS),
  ],
  "direct over OpenSearch": ["mode=direct", "storage.type=opensearch"],
  kafka: ["mode=kafka"],
  "kafka, everything set": ["mode=kafka", "storage.type=elasticsearch", ...ELASTICSEARCH, ...KAFKA, ...ROLES],
};
