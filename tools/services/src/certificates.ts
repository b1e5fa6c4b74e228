import { execFile } from "node:child_process";
import { copyFile, mkdir, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);
const PASSWORD = "spoor-test";

/** Files of a certificate authority made for one test run, of a server at 127.0.0.1 and of a client. */
export interface TestCertificates {
  /** The authority's certificate, PEM. */
  readonly authority: string;
  readonly serverCertificate: string;
  readonly serverKey: string;
  readonly clientCertificate: string;
  readonly clientKey: string;
  /** The client's, of the same key, over since yesterday. */
  readonly expiredClientCertificate: string;
  /** Key stores in PKCS 12, for servers in Java. */
  readonly serverStore: string;
  readonly authorityStore: string;
  /** Of the stores. */
  readonly password: string;
}

export interface CertificateOptions {
  /** The server's certificate is over since yesterday. */
  readonly serverIsExpired?: boolean;
}

/** Makes them with `openssl`; valid for a month, but for what is said to be over. */
export async function createTestCertificates(
  folder: string,
  { serverIsExpired = false }: CertificateOptions = {},
): Promise<TestCertificates> {
  await mkdir(folder, { recursive: true });
  const file = (name: string) => join(folder, name);
  const openssl = (...args: string[]) => run("openssl", args);
  await openssl(
    ...["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "30", "-subj", "/CN=spoor test authority"],
    ...["-keyout", file("ca.key"), "-out", file("ca.pem")],
  );
  const sign = (name: string, certificate: string, isExpired: boolean) =>
    openssl(
      ...["x509", "-req", "-in", file(`${name}.csr`), "-CA", file("ca.pem"), "-CAkey", file("ca.key")],
      ...["-CAcreateserial", "-days", isExpired ? "-1" : "30", "-extfile", file("names"), "-out", file(certificate)],
    );
  await writeFile(file("names"), "subjectAltName=IP:127.0.0.1,DNS:localhost\n");
  for (const name of ["server", "client"]) {
    await openssl(
      ...["req", "-newkey", "rsa:2048", "-nodes", "-subj", `/CN=${name}`],
      ...["-keyout", file(`${name}.key`), "-out", file(`${name}.csr`)],
    );
    await sign(name, `${name}.crt`, name === "server" && serverIsExpired);
  }
  await sign("client", "client-expired.crt", true);
  await openssl(
    ...["pkcs12", "-export", "-inkey", file("server.key"), "-in", file("server.crt"), "-certfile", file("ca.pem")],
    ...["-name", "server", "-out", file("server.p12"), "-passout", `pass:${PASSWORD}`],
  );
  await createTrustStore(file("ca.p12"), [file("ca.pem")]);
  return {
    authority: file("ca.pem"),
    serverCertificate: file("server.crt"),
    serverKey: file("server.key"),
    clientCertificate: file("client.crt"),
    clientKey: file("client.key"),
    expiredClientCertificate: file("client-expired.crt"),
    serverStore: file("server.p12"),
    authorityStore: file("ca.p12"),
    password: PASSWORD,
  };
}

/** Java takes a certificate without a key for a trusted one only if it is marked so, which keytool does. */
async function createTrustStore(store: string, authorities: readonly string[]): Promise<void> {
  await rm(store, { force: true });
  for (const [index, authority] of authorities.entries()) {
    await run("keytool", [
      ...["-importcert", "-noprompt", "-alias", `authority-${index}`, "-file", authority],
      ...["-keystore", store, "-storetype", "PKCS12", "-storepass", PASSWORD],
    ]);
  }
}

/**
 * Puts another certificate, and other authorities for those of clients, in the place of what a server was started with. The server has to
 * be told, or started again.
 */
export async function replaceServerStores(
  inUse: TestCertificates,
  server: TestCertificates,
  trusted: readonly TestCertificates[],
): Promise<void> {
  const made = `${inUse.authorityStore}.new`;
  await createTrustStore(
    made,
    trusted.map(({ authority }) => authority),
  );
  await rename(made, inUse.authorityStore);
  if (server === inUse) return;
  const copy = `${inUse.serverStore}.new`;
  await copyFile(server.serverStore, copy);
  await rename(copy, inUse.serverStore);
}
