import {
  clientTlsFlags,
  DaemonError,
  type FlagDefinition,
  readWatchedClientTls,
  type Settings,
  type TlsWatchers,
} from "@spoor/daemon";
import type { KafkaConnectionOptions, KafkaSasl, SaslMechanism } from "./options.ts";

const AUTHENTICATIONS = ["none", "kerberos", "tls", "plaintext"] as const;
const MECHANISMS: readonly SaslMechanism[] = ["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"];

/** v1's flags of a connection to Kafka, for `kafka.producer` and `kafka.consumer` (jaegertracing/jaeger `pkg/kafka/auth`). */
export function kafkaConnectionFlags(prefix: string): readonly FlagDefinition[] {
  const text = (name: string, value: string, description: string): FlagDefinition => ({
    name: `${prefix}.${name}`,
    type: "string",
    default: value,
    description,
  });
  const kerberos = "Not supported: Kerberos is refused";
  return [
    text("brokers", "127.0.0.1:9092", "The comma-separated list of kafka brokers. i.e. '127.0.0.1:9092,0.0.0:1234'"),
    text("topic", "jaeger-spans", "The name of the kafka topic"),
    {
      ...text("protocol-version", "", ""),
      note: "Accepted, without effect: the version is agreed on with each broker",
    },
    text("authentication", "none", "Authentication type used to authenticate with kafka cluster: none, tls, plaintext"),
    text("plaintext.mechanism", "PLAIN", "The SASL mechanism: PLAIN, SCRAM-SHA-256 or SCRAM-SHA-512"),
    text("plaintext.username", "", "The plaintext Username for SASL/PLAIN or SCRAM authentication"),
    {
      name: `${prefix}.plaintext.password`,
      type: "string",
      default: "",
      secret: true,
      description: "The plaintext Password for SASL/PLAIN or SCRAM authentication",
    },
    ...clientTlsFlags(prefix),
    text("kerberos.config-file", "/etc/krb5.conf", kerberos),
    { name: `${prefix}.kerberos.disable-fast-negotiation`, type: "bool", default: false, description: kerberos },
    text("kerberos.keytab-file", "/etc/security/kafka.keytab", kerberos),
    { name: `${prefix}.kerberos.password`, type: "string", default: "", secret: true, description: kerberos },
    text("kerberos.realm", "", kerberos),
    text("kerberos.service-name", "kafka", kerberos),
    { name: `${prefix}.kerberos.use-keytab`, type: "bool", default: false, description: kerberos },
    text("kerberos.username", "", kerberos),
  ];
}

/**
 * Reads {@link kafkaConnectionFlags}; throws a DaemonError where they ask for what is not there. With `watchers`, the connection hears of
 * changed certificates.
 */
export function readKafkaConnection(
  settings: Settings,
  prefix: string,
  watchers?: TlsWatchers,
): Omit<KafkaConnectionOptions, "logger" | "clientId"> {
  const brokers = settings.list(`${prefix}.brokers`).map((broker) => broker.replaceAll(" ", ""));
  if (brokers.length === 0) throw new DaemonError("INVALID_SETTINGS", `--${prefix}.brokers names no broker`);
  const name = `${prefix}.authentication`;
  const given = settings.string(name);
  const authentication = AUTHENTICATIONS.find((each) => each === given.trim().toLowerCase());
  if (authentication === undefined) {
    throw new DaemonError(
      "INVALID_SETTINGS",
      `Unknown/Unsupported authentication method ${given} in --${name}; there are none, tls and plaintext`,
    );
  }
  if (authentication === "kerberos") {
    throw new DaemonError(
      "INVALID_SETTINGS",
      `--${name}=kerberos is not supported: there is no Kerberos client here. Brokers can offer SASL SCRAM beside it ` +
        `(--${name}=plaintext, --${prefix}.plaintext.mechanism=SCRAM-SHA-512), or client certificates (--${name}=tls)`,
    );
  }
  const isTls = authentication === "tls" || settings.bool(`${prefix}.tls.enabled`);
  return {
    brokers,
    sasl: authentication === "plaintext" ? readSasl(settings, prefix) : undefined,
    ...readWatchedClientTls(settings, prefix, watchers, isTls),
    flagPrefix: prefix,
  };
}

function readSasl(settings: Settings, prefix: string): KafkaSasl {
  const name = `${prefix}.plaintext.mechanism`;
  const given = settings.string(name);
  const mechanism = MECHANISMS.find((each) => each === given.trim().toUpperCase());
  if (mechanism === undefined) {
    throw new DaemonError(
      "INVALID_SETTINGS",
      `unsupported SASL mechanism ${given} in --${name}; there are ${MECHANISMS.join(", ")}`,
    );
  }
  return {
    mechanism,
    username: settings.string(`${prefix}.plaintext.username`),
    password: settings.string(`${prefix}.plaintext.password`),
  };
}
