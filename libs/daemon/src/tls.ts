import { createPrivateKey, X509Certificate } from "node:crypto";
import { readFileSync } from "node:fs";
import type { SecureVersion, TlsOptions } from "node:tls";
import type { ClientTls } from "@spoor/client-tls";
import { DaemonError } from "./errors.ts";
import type { Settings } from "./settings.ts";

const VERSIONS: Readonly<Record<string, SecureVersion>> = {
  "1.0": "TLSv1",
  "1.1": "TLSv1.1",
  "1.2": "TLSv1.2",
  "1.3": "TLSv1.3",
};
/** Go's names of cipher suites that are not OpenSSL's once the common pattern is applied. */
const TLS13 = /^TLS_(AES|CHACHA20)_/;

/**
 * Reads the TLS flags of a listener; `undefined` when TLS is off. `client-ca` makes client certificates mandatory. Members set
 * while TLS is off are refused, as v1 does, since somebody meant the port to be safe.
 */
export function readServerTls(settings: Settings, prefix: string): TlsOptions | undefined {
  const text = (member: string) => settings.string(`${prefix}.tls.${member}`);
  const members = ["cert", "key", "client-ca", "cipher-suites", "min-version", "max-version"];
  if (!settings.bool(`${prefix}.tls.enabled`)) {
    if (members.some((member) => text(member) !== "")) throw cannotBeUsed(prefix);
    return undefined;
  }
  if (text("cert") === "" || text("key") === "") {
    throw new DaemonError(
      "INVALID_SETTINGS",
      `--${prefix}.tls.enabled needs --${prefix}.tls.cert and --${prefix}.tls.key`,
    );
  }
  const pem = (member: string) => readPem(text(member), `${prefix}.tls.${member}`);
  const [cert, key] = [pem("cert"), pem("key")];
  checkPair(cert, key, prefix);
  const ca = text("client-ca") === "" ? undefined : pem("client-ca");
  if (ca !== undefined) checkCertificates(ca, `${prefix}.tls.client-ca`);
  const ciphers = settings.list(`${prefix}.tls.cipher-suites`).map(openSslName);
  const minVersion = versionOf(settings, `${prefix}.tls.min-version`);
  const maxVersion = versionOf(settings, `${prefix}.tls.max-version`);
  return {
    cert,
    key,
    ...(ca === undefined ? {} : { ca, requestCert: true, rejectUnauthorized: true }),
    ...(ciphers.length === 0 ? {} : { ciphers: ciphers.join(":") }),
    minVersion: minVersion ?? "TLSv1.2",
    ...(maxVersion === undefined ? {} : { maxVersion }),
  };
}

/** Reads the TLS flags of a connection; `undefined` when TLS is off. Some connections have another flag that switches it on, too. */
export function readClientTls(
  settings: Settings,
  prefix: string,
  isEnabled: boolean = settings.bool(`${prefix}.tls.enabled`),
): ClientTls | undefined {
  const path = (member: string) => settings.string(`${prefix}.tls.${member}`);
  const skipHostVerify = settings.bool(`${prefix}.tls.skip-host-verify`);
  if (!isEnabled) {
    if (skipHostVerify || ["ca", "cert", "key", "server-name"].some((member) => path(member) !== "")) {
      throw cannotBeUsed(prefix);
    }
    return undefined;
  }
  const pem = (member: string) => (path(member) === "" ? undefined : readPem(path(member), `${prefix}.tls.${member}`));
  const [ca, cert, key] = [pem("ca"), pem("cert"), pem("key")];
  if (ca !== undefined) checkCertificates(ca, `${prefix}.tls.ca`);
  if (cert !== undefined && key !== undefined) checkPair(cert, key, prefix);
  else if (cert !== undefined || key !== undefined) {
    throw new DaemonError(
      "INVALID_SETTINGS",
      `a client certificate needs --${prefix}.tls.cert and --${prefix}.tls.key, both`,
    );
  }
  return {
    ca,
    cert,
    key,
    serverName: path("server-name") || undefined,
    skipHostVerify,
  };
}

function cannotBeUsed(prefix: string): DaemonError {
  return new DaemonError(
    "INVALID_SETTINGS",
    `${prefix}.tls.* options cannot be used when ${prefix}.tls.enabled is false`,
  );
}

function readPem(path: string, flagName: string): Buffer {
  try {
    return readFileSync(path);
  } catch (error) {
    throw new DaemonError("INVALID_SETTINGS", `cannot read --${flagName} ${path}: ${(error as Error).message}`, {
      cause: error,
    });
  }
}

/**
 * Refuses a key that belongs to another certificate, as between the two steps of a rotation. OpenSSL itself takes two halves of
 * different kinds, such as EC and RSA, without a word, and then fails every handshake.
 */
function checkPair(cert: Buffer, key: Buffer, prefix: string): void {
  const [first] = checkCertificates(cert, `${prefix}.tls.cert`);
  let fits: boolean;
  try {
    fits = first.checkPrivateKey(createPrivateKey(key));
  } catch (error) {
    throw new DaemonError("INVALID_SETTINGS", `--${prefix}.tls.key cannot be used: ${(error as Error).message}`, {
      cause: error,
    });
  }
  if (!fits) {
    throw new DaemonError("INVALID_SETTINGS", `--${prefix}.tls.key is not the key of --${prefix}.tls.cert`);
  }
}

const BEGIN_CERTIFICATE = "-----BEGIN CERTIFICATE-----";
const CERTIFICATE = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;

/** All certificates of a PEM file; at least one. A file that is only half written is refused, where OpenSSL would take what it finds. */
function checkCertificates(pem: Buffer, flagName: string): readonly [X509Certificate, ...X509Certificate[]] {
  const text = pem.toString("latin1");
  const blocks = text.match(CERTIFICATE) ?? [];
  try {
    const [first, ...others] = blocks.map((block) => new X509Certificate(block));
    if (first === undefined) throw new Error("there is no certificate in it");
    if (blocks.length !== text.split(BEGIN_CERTIFICATE).length - 1) throw new Error("a certificate in it has no end");
    return [first, ...others];
  } catch (error) {
    throw new DaemonError("INVALID_SETTINGS", `--${flagName} cannot be used: ${(error as Error).message}`, {
      cause: error,
    });
  }
}

function versionOf(settings: Settings, flagName: string): SecureVersion | undefined {
  const text = settings.string(flagName);
  if (text === "") return undefined;
  const version = VERSIONS[text];
  if (version === undefined) throw new DaemonError("INVALID_VALUE", `unknown TLS version "${text}" in --${flagName}`);
  return version;
}

/** `TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256` is OpenSSL's `ECDHE-RSA-AES128-GCM-SHA256`. */
function openSslName(goName: string): string {
  if (TLS13.test(goName)) return goName;
  return goName
    .replace(/^TLS_/, "")
    .replace(/^RSA_WITH_/, "")
    .replace("_WITH_", "_")
    .replace(/AES_(128|256)_CBC/, "AES$1")
    .replace(/AES_(128|256)/, "AES$1")
    .replace(/3DES_EDE_CBC/, "DES-CBC3")
    .replace(/CHACHA20_POLY1305(_SHA256)?/, "CHACHA20-POLY1305")
    .replaceAll("_", "-");
}
