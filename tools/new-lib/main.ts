import { existsSync, mkdirSync, writeFileSync } from "node:fs";

/** Creates `libs/NAME` with everything the workspace expects of a lib. Usage: `npm run new-lib -- NAME "What it is."` */
const [name, description] = process.argv.slice(2);
if (name === undefined || description === undefined || !/^[a-z][a-z0-9-]*$/.test(name)) {
  process.stderr.write('usage: npm run new-lib -- NAME "What it is, in one sentence."\n');
  process.exit(2);
}
const dir = `libs/${name}`;
if (existsSync(dir)) {
  process.stderr.write(`${dir} exists\n`);
  process.exit(1);
}

const json = (value: unknown) => `${JSON.stringify(value, null, 2)}\n`;
const files: Readonly<Record<string, string>> = {
  "package.json": json({
    name: `@spoor/${name}`,
    version: "0.1.0",
    private: true,
    type: "module",
    description,
    exports: "./src/index.ts",
  }),
  "project.json": json({
    name,
    $schema: "../../node_modules/nx/schemas/project-schema.json",
    projectType: "library",
    sourceRoot: `${dir}/src`,
    targets: { typecheck: {}, test: {} },
  }),
  "tsconfig.json": json({ extends: "../../tsconfig.base.json", include: ["src"] }),
  "README.md": `# ${name}\n\n${description}\n`,
  "src/index.ts": "export {};\n",
};
mkdirSync(`${dir}/src`, { recursive: true });
for (const [file, text] of Object.entries(files)) writeFileSync(`${dir}/${file}`, text);
process.stdout.write(
  `${dir} created; give it a floor in tests/workspace/src/boundaries.test.ts, then run npm install\n`,
);
