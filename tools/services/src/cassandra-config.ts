import type { TestCertificates } from "./certificates.ts";

interface ServerConfig {
  readonly folder: string;
  readonly port: number;
  readonly storagePort: number;
  readonly authentication: boolean;
  readonly certificates: TestCertificates | undefined;
  readonly needsClientCertificate: boolean;
  readonly survivesKill: boolean;
}

/** `cassandra.yaml` of a single small node that starts fast. JSON is YAML. */
export function serverConfig(config: ServerConfig): string {
  const { folder, certificates } = config;
  return JSON.stringify(
    {
      cluster_name: "spoor",
      num_tokens: 1,
      partitioner: "org.apache.cassandra.dht.Murmur3Partitioner",
      endpoint_snitch: "SimpleSnitch",
      seed_provider: [
        {
          class_name: "org.apache.cassandra.locator.SimpleSeedProvider",
          parameters: [{ seeds: `127.0.0.1:${config.storagePort}` }],
        },
      ],
      listen_address: "127.0.0.1",
      storage_port: config.storagePort,
      rpc_address: "127.0.0.1",
      start_native_transport: true,
      native_transport_port: config.port,
      native_transport_max_threads: 64,
      data_file_directories: [`${folder}/data`],
      commitlog_directory: `${folder}/commitlog`,
      saved_caches_directory: `${folder}/saved_caches`,
      hints_directory: `${folder}/hints`,
      cdc_raw_directory: `${folder}/cdc_raw`,
      ...(config.survivesKill
        ? { commitlog_sync: "group", commitlog_sync_group_window: "5ms" }
        : { commitlog_sync: "periodic", commitlog_sync_period: "10000ms" }),
      commitlog_segment_size: "8MiB",
      disk_failure_policy: "stop",
      commit_failure_policy: "stop",
      auto_bootstrap: false,
      auto_snapshot: false,
      hinted_handoff_enabled: false,
      authenticator: config.authentication ? "PasswordAuthenticator" : "AllowAllAuthenticator",
      authorizer: config.authentication ? "CassandraAuthorizer" : "AllowAllAuthorizer",
      role_manager: "CassandraRoleManager",
      permissions_validity: "0ms",
      roles_validity: "0ms",
      credentials_validity: "0ms",
      concurrent_reads: 8,
      concurrent_writes: 64,
      concurrent_counter_writes: 2,
      concurrent_compactors: 1,
      memtable_flush_writers: 1,
      file_cache_size: "16MiB",
      networking_cache_size: "16MiB",
      materialized_views_enabled: false,
      sasi_indexes_enabled: true,
      read_request_timeout: "30s",
      range_request_timeout: "30s",
      write_request_timeout: "30s",
      truncate_request_timeout: "60s",
      request_timeout: "30s",
      ...(certificates === undefined
        ? {}
        : {
            client_encryption_options: {
              enabled: true,
              optional: false,
              keystore: certificates.serverStore,
              keystore_password: certificates.password,
              truststore: certificates.authorityStore,
              truststore_password: certificates.password,
              store_type: "PKCS12",
              require_client_auth: config.needsClientCertificate,
            },
          }),
    },
    undefined,
    2,
  );
}

export const LOGBACK = `<configuration>
  <appender name="OUT" class="ch.qos.logback.core.ConsoleAppender"><encoder><pattern>%d{HH:mm:ss.SSS} %-5level %logger{20} %msg%n</pattern></encoder></appender>
  <root level="INFO"><appender-ref ref="OUT"/></root>
</configuration>
`;

const EXPORTED = [
  "java.base/jdk.internal.misc",
  "java.base/jdk.internal.ref",
  "java.base/jdk.internal.util",
  "java.base/sun.nio.ch",
  "java.base/java.lang.ref",
  "java.management.rmi/com.sun.jmx.remote.internal.rmi",
  "java.rmi/sun.rmi.registry",
  "java.rmi/sun.rmi.server",
  "java.sql/java.sql",
];
const OPENED = [
  "java.base/java.io",
  "java.base/java.lang",
  "java.base/java.lang.module",
  "java.base/java.lang.reflect",
  "java.base/java.math",
  "java.base/java.net",
  "java.base/java.nio",
  "java.base/java.util",
  "java.base/java.util.concurrent",
  "java.base/java.util.concurrent.atomic",
  "java.base/jdk.internal.loader",
  "java.base/jdk.internal.math",
  "java.base/jdk.internal.module",
  "java.base/jdk.internal.ref",
  "java.base/jdk.internal.reflect",
  "java.base/jdk.internal.util.jar",
  "java.base/sun.nio.ch",
  "jdk.management/com.sun.management.internal",
  "java.rmi/sun.rmi.transport.tcp",
];

/** What its code reaches into, the server's and nodetool's alike. */
export const MODULE_FLAGS: readonly string[] = [
  ...EXPORTED.flatMap((name) => ["--add-exports", `${name}=ALL-UNNAMED`]),
  ...OPENED.flatMap((name) => ["--add-opens", `${name}=ALL-UNNAMED`]),
];

/** What Cassandra's own start script passes to Java 17, and what makes a single node start without waiting for others. */
export function jvmFlags(options: {
  readonly folder: string;
  readonly heapMb: number;
  readonly agent: string;
  /** Where nodetool may speak to it. */
  readonly jmxPort: number | undefined;
}): string[] {
  const { folder, heapMb, jmxPort } = options;
  return [
    `-Xms${heapMb}m`,
    `-Xmx${heapMb}m`,
    "-Xss512k",
    "-XX:+UseSerialGC",
    "-XX:TieredStopAtLevel=1",
    "-XX:MaxDirectMemorySize=256m",
    "-XX:-UsePerfData",
    "-Djdk.attach.allowAttachSelf=true",
    `-javaagent:${options.agent}`,
    ...MODULE_FLAGS,
    "-Dcassandra-foreground=yes",
    `-Dcassandra.config=file://${folder}/cassandra.yaml`,
    `-Dcassandra.storagedir=${folder}`,
    `-Dlogback.configurationFile=file://${folder}/logback.xml`,
    `-Djava.io.tmpdir=${folder}`,
    "-Dcassandra.ring_delay_ms=1",
    "-Dcassandra.skip_wait_for_gossip_to_settle=0",
    "-Dcassandra.superuser_setup_delay_ms=0",
    "-Djava.net.preferIPv4Stack=true",
    "-Dio.netty.transport.estimateSizeOnSubmit=false",
    ...(jmxPort === undefined ? [] : [`-Dcassandra.jmx.local.port=${jmxPort}`]),
  ];
}
