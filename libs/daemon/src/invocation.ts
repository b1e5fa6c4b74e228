import { isAbsolute, relative } from "node:path";

export interface InvocationFacts {
  /** The command that started Node, as it was typed. */
  readonly argv0: string;
  /** The absolute path of the script. */
  readonly script: string;
  readonly directory: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
}

/**
 * How somebody in the same directory starts this program again; flags follow. An npm script is named as such, since it brings its
 * own Node.
 */
export function invocation(facts: InvocationFacts): string {
  const script = pathFrom(facts.directory, facts.script);
  const { npm_lifecycle_event: event = "", npm_lifecycle_script: line = "" } = facts.environment;
  if (event !== "" && line.includes(script)) return event === "start" ? "npm start --" : `npm run ${event} --`;
  if (!/\.[cm]?[jt]s$/.test(script)) return script;
  const node = isAbsolute(facts.argv0) ? pathFrom(facts.directory, facts.argv0) : facts.argv0;
  return `${isAbsolute(node) ? "node" : node} ${script}`;
}

/** Of this process. */
export function ownInvocation(): string {
  return invocation({
    argv0: process.argv0,
    script: process.argv[1] ?? "",
    directory: process.cwd(),
    environment: process.env,
  });
}

function pathFrom(directory: string, path: string): string {
  const short = relative(directory, path);
  return short.startsWith("..") ? path : short;
}
