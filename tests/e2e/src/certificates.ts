import { execFileSync } from "node:child_process";

const KINDS = { ec: "ec -pkeyopt ec_paramgen_curve:prime256v1", rsa: "rsa:2048" } as const;

/** Writes a key and a certificate of this machine that vouches for itself. */
export function makeCertificate(cert: string, key: string, kind: keyof typeof KINDS = "ec"): void {
  execFileSync(
    "openssl",
    [
      ...`req -x509 -newkey ${KINDS[kind]} -nodes -days 30 -subj /CN=localhost`.split(" "),
      ...["-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1", "-keyout", key, "-out", cert],
    ],
    { stdio: "ignore" },
  );
}
