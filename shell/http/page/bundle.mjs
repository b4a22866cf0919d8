// Makes bundle/ from src/: `npm ci --ignore-scripts && node bundle.mjs`; into the directory that is named, if one is.
// index.html names each file by a hash of what is in it, so that browsers may keep them. `sources` is what the
// bundle was made from, by which a test knows whether it agrees with them where nothing can be installed.
import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const here = dirname(fileURLToPath(import.meta.url));
const into = process.argv[2] ?? join(here, "bundle");
const hash = (text) => createHash("sha256").update(text).digest("hex");

const { metafile } = await build({
  metafile: true,
  entryPoints: { app: join(here, "src/main.jsx") },
  outdir: into,
  bundle: true,
  minify: true,
  format: "iife",
  target: ["chrome111", "firefox113", "safari16.4"],
  jsx: "automatic",
  jsxImportSource: "preact",
  legalComments: "none",
  logLevel: "warning",
});

mkdirSync(into, { recursive: true });
let html = readFileSync(join(here, "src/index.html"), "utf8");
for (const file of ["app.js", "app.css"])
  html = html.replace(`/page/${file}`, `/page/${file}?v=${hash(readFileSync(join(into, file))).slice(0, 16)}`);
writeFileSync(join(into, "index.html"), html);

// The licences of all that went into it.
const packages = [...new Set(Object.keys(metafile.inputs).map((path) => /.*node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(path)?.[1]).filter(Boolean))].sort();
const licence = (name) => {
  const place = join(here, "node_modules", name);
  const file = readdirSync(place).find((one) => /^licen[cs]e/i.test(one));
  if (!file) throw new Error(`${name} has no licence`);
  return `${name}\n\n${readFileSync(join(place, file), "utf8").trim()}\n`;
};
writeFileSync(join(into, "LICENSES"), packages.map(licence).join("\n----\n\n"));

const sources = ["bundle.mjs", "package-lock.json", ...readdirSync(join(here, "src")).map((name) => `src/${name}`)].sort();
writeFileSync(join(into, "sources"), sources.map((name) => `${hash(readFileSync(join(here, name)))}  ${name}\n`).join(""));
