import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { copyFile, cp, mkdir, mkdtemp, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import type { TestCertificates } from "./certificates.ts";
import { fetchFile } from "./maven.ts";

const run = promisify(execFile);

/** The newest OpenSearch whose security plugin Maven Central has. */
export const SECURED_VERSION = "3.4.0";
/** What the plugin's own list of users has. */
export const ADMINISTRATOR = { username: "admin", password: "admin" } as const;

const PLUGIN = "opensearch-security";

/** Adds the security plugin to an unpacked server, unless it is there. */
export async function addSecurity(home: string, java: string): Promise<void> {
  const target = join(home, "plugins", PLUGIN);
  if (existsSync(target)) return;
  const version = `${SECURED_VERSION}.0`;
  const fetched = await fetchFile(
    `${PLUGIN}-${version}`,
    { groupId: "org.opensearch.plugin", artifactId: PLUGIN, version },
    "zip",
    async (file, folder) => {
      await run(join(dirname(java), "jar"), ["xf", file], { cwd: folder });
    },
  );
  const collections = { groupId: "org.apache.commons", artifactId: "commons-collections4", version: "4.5.0" };
  const jars = await fetchFile("commons-collections4-4.5.0", collections, "jar");
  const building = await mkdtemp(join(tmpdir(), "spoor-security-"));
  try {
    const plugin = join(building, PLUGIN);
    await cp(fetched, plugin, { recursive: true });
    // The build of the server for its own tests lacks the module rule-framework: of it the plugin needs this library alone.
    for (const jar of await readdir(jars)) await copyFile(join(jars, jar), join(plugin, jar));
    const descriptor = join(plugin, "plugin-descriptor.properties");
    const text = await readFile(descriptor, "utf8");
    await writeFile(descriptor, text.replace(/^extended\.plugins=.*$/m, "extended.plugins="));
    await run("chmod", ["-R", "a+rX", building]);
    // Into a sibling first, which may be another file system away; outside of the plugins, all of which the server loads.
    const sibling = `${home}.${PLUGIN}.${process.pid}`;
    await run("cp", ["-a", plugin, sibling]);
    await mkdir(join(home, "plugins"), { recursive: true });
    await rename(sibling, target).catch(async (error: unknown) => {
      await rm(sibling, { recursive: true, force: true });
      if (!existsSync(target)) throw error;
    });
  } finally {
    await rm(building, { recursive: true, force: true });
  }
}

/** The settings of a server that speaks TLS only and wants a password; with the plugin's own users and roles. */
export async function securitySettings(
  home: string,
  folder: string,
  certificates: TestCertificates,
): Promise<Readonly<Record<string, string | boolean>>> {
  const conf = join(folder, "conf");
  await copyFile(certificates.authority, join(conf, "authority.pem"));
  await copyFile(certificates.serverKey, join(conf, "server.key"));
  await copyFile(certificates.serverCertificate, join(conf, "server.crt"));
  await cp(join(home, "plugins", PLUGIN, "config"), join(conf, PLUGIN), { recursive: true });
  const layer = (name: "http" | "transport") => ({
    [`plugins.security.ssl.${name}.pemcert_filepath`]: "server.crt",
    [`plugins.security.ssl.${name}.pemkey_filepath`]: "server.key",
    [`plugins.security.ssl.${name}.pemtrustedcas_filepath`]: "authority.pem",
  });
  return {
    ...layer("http"),
    ...layer("transport"),
    "plugins.security.ssl.http.enabled": true,
    "plugins.security.nodes_dn": '["CN=server"]',
    "plugins.security.allow_default_init_securityindex": true,
    "plugins.security.restapi.roles_enabled": '["all_access"]',
  };
}
