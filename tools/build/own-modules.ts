import { readFileSync } from "node:fs";
import type { ImportKind, Plugin } from "esbuild";

/**
 * Lets the bundler keep apart what one start needs and what another does.
 *
 * - Our own modules do nothing when they are imported, so what is not used of them is left out.
 * - A name imported from a lib's `index.ts` brings the module it comes from, not what else the index names. Otherwise one constant of a store
 *   would bring the store and its driver into every start: the bundler cuts chunks by file, used or not.
 * - `const { name } = await import("package")` gives the name also where the package is CommonJS, as in Node; the bundler gives `default` alone.
 */
export const ownModules: Plugin = {
  name: "own-modules",
  setup(bundler) {
    const seen = Symbol("seen");
    const isOwn = (importer: string) => !importer.includes("/node_modules/");
    bundler.onResolve({ filter: /^(\.|@spoor\/)/ }, async ({ path, importer, kind, resolveDir, pluginData }) => {
      if (pluginData === seen || kind === "entry-point" || !isOwn(importer)) return undefined;
      const resolved = await bundler.resolve(path, { resolveDir, importer, kind, pluginData: seen });
      const names = path.startsWith("@spoor/") ? namesFrom(path, importer, kind) : undefined;
      return { ...resolved, sideEffects: false, ...(names === undefined ? {} : { suffix: `?${names.join(",")}` }) };
    });
    bundler.onLoad({ filter: /\/libs\/[^/]+\/src\/index\.ts$/ }, ({ path, suffix }) => {
      if (suffix === "") return undefined;
      return {
        contents: onlyThese(readFileSync(path, "utf8"), new Set(suffix.slice(1).split(",")), path),
        loader: "ts",
      };
    });
    bundler.onResolve({ filter: /^[@a-z]/ }, ({ path, importer, kind, resolveDir, namespace }) => {
      if (kind !== "dynamic-import" || namespace !== "file" || !isOwn(importer)) return undefined;
      if (path.startsWith("node:") || path.startsWith("@spoor/")) return undefined;
      const names = namesFrom(path, importer, kind);
      if (names === undefined) return { errors: [{ text: `write it as const { names } = await import("${path}")` }] };
      return { path: `${path}?${names.join(",")}`, namespace: "named", pluginData: { path, names, resolveDir } };
    });
    bundler.onLoad({ filter: /.*/, namespace: "named" }, ({ pluginData }) => {
      const { path, names, resolveDir } = pluginData as {
        readonly path: string;
        readonly names: readonly string[];
        readonly resolveDir: string;
      };
      return { contents: `export { ${names.join(", ")} } from ${JSON.stringify(path)};`, resolveDir };
    });
  },
};

/**
 * `import … from "node:http"` reads every property of that module, and one of them makes Node load and run its own bundle of undici: five to
 * ten megabytes that no daemon uses. `require` reads none.
 */
export const httpByRequire: Plugin = {
  name: "http-by-require",
  setup(bundler) {
    const namespace = "by-require";
    bundler.onResolve({ filter: /^(node:)?http$/ }, ({ kind }) =>
      kind === "import-statement" ? { path: "node:http", namespace } : undefined,
    );
    bundler.onLoad({ filter: /.*/, namespace }, ({ path }) => ({
      contents: `module.exports = require(${JSON.stringify(path)});`,
    }));
  },
};

/** Packages that others load at their import and that no daemon has a use for, with what stands for them. */
const LEFT_OUT: Readonly<Record<string, string>> = {
  // Elasticsearch's client: Arrow, for a helper that gives answers as tables, and undici, since Node's HTTP client is chosen.
  "apache-arrow": "module.exports = {};",
  undici: "module.exports = {};",
  // Fastify makes these at its start, for schemas of routes. Routes here have none: bodies are read in their own formats.
  "@fastify/ajv-compiler": "module.exports = () => () => { throw new Error('routes have no schemas in a bundle'); };",
  "@fastify/fast-json-stringify-compiler":
    "module.exports = () => () => { throw new Error('routes have no schemas in a bundle'); };",
  // Calls a server without a port, in tests.
  "light-my-request": "module.exports = () => { throw new Error('inject() is not in a bundle'); };",
  // Unpacks what DataStax's cloud gives its customers to connect with.
  "adm-zip": "module.exports = class { constructor() { throw new Error('there is no adm-zip in a bundle'); } };",
};

/** Leaves those out, and the functions of some 500 APIs of Elasticsearch, since requests go to `transport`. */
export const withoutUnused: Plugin = {
  name: "without-unused",
  setup(bundler) {
    const namespace = "left-out";
    const names = Object.keys(LEFT_OUT).map(escaped).join("|");
    bundler.onResolve({ filter: new RegExp(`^(${names})($|/)`) }, ({ path }) => ({ path, namespace }));
    bundler.onLoad({ filter: /.*/, namespace }, ({ path }) => ({
      contents: Object.entries(LEFT_OUT).find(([name]) => path === name || path.startsWith(`${name}/`))?.[1] ?? "",
    }));
    bundler.onResolve({ filter: /^\.\/api$/ }, ({ path, importer }) =>
      /@elastic\/elasticsearch\/lib\/client\.js$/.test(importer) ? { path, namespace: "no-api" } : undefined,
    );
    bundler.onLoad({ filter: /.*/, namespace: "no-api" }, () => ({
      contents: "exports.__esModule = true; exports.default = class {};",
    }));
  },
};

const escaped = (text: string): string => text.replace(/[/.\-@]/g, "\\$&");

/** The values that a file imports from a package by name; `undefined` when it imports otherwise. */
function namesFrom(specifier: string, file: string, kind: ImportKind): readonly string[] | undefined {
  const from = escaped(specifier);
  const statement =
    kind === "dynamic-import"
      ? new RegExp(`const ()(\\{[^}]*\\}) = await import\\("${from}"\\)`, "g")
      : new RegExp(`^(?:im|ex)port (type )?(\\{[^}]*\\}|[^{;]*) from "${from}";`, "gm");
  const names = new Set<string>();
  for (const [, isType = "", what = ""] of readFileSync(file, "utf8").matchAll(statement)) {
    if (isType !== "") continue;
    if (!what.startsWith("{")) return undefined;
    for (const { name } of specifiersIn(what)) names.add(name);
  }
  return names.size === 0 ? undefined : [...names].sort();
}

/** An index reduced to these names; `export *` stays. */
function onlyThese(index: string, names: ReadonlySet<string>, path: string): string {
  const kept: string[] = [];
  const rest = index
    .replace(/^export \* from "[^"]+";$/gm, (statement) => {
      kept.push(statement);
      return "";
    })
    .replace(
      /^export (type )?(\{[^}]*\}) from ("[^"]+");$/gm,
      (_, isType: string | undefined, what: string, from: string) => {
        const wanted = isType === undefined ? specifiersIn(what).filter(({ as }) => names.has(as)) : [];
        if (wanted.length > 0) kept.push(`export { ${wanted.map(({ text }) => text).join(", ")} } from ${from};`);
        return "";
      },
    )
    .replace(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, "")
    .trim();
  if (rest !== "") throw new Error(`${path} does more than name what other modules have: ${rest.slice(0, 200)}`);
  return kept.join("\n");
}

/** Of `{ a, type B, c as d }`, the values. */
function specifiersIn(braces: string) {
  return braces
    .slice(1, -1)
    .replace(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, "")
    .split(",")
    .map((text) => text.trim())
    .filter((text) => text !== "" && !text.startsWith("type "))
    .map((text) => {
      const [name = text, as = name] = text.split(/\s+as\s+|:\s*/);
      return { text, name, as };
    });
}
