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

const built = async (entryPoints, format) => {
  const { metafile } = await build({
    metafile: true,
    entryPoints,
    outdir: into,
    bundle: true,
    minify: true,
    format,
    target: ["chrome111", "firefox113", "safari16.4"],
    jsx: "automatic",
    jsxImportSource: "preact",
    legalComments: "none",
    logLevel: "warning",
  });
  return Object.keys(metafile.inputs);
};
// The editor is a module of its own, which the page imports when a view wants it.
const ofApp = await built({ app: join(here, "src/main.jsx") }, "iife");
const ofEditor = await built({ editor: join(here, "src/editor.js") }, "esm");
const own = (path) => !path.includes("node_modules/");
const shared = ofEditor.filter((path) => own(path) && !path.endsWith("src/editor.js"));
if (shared.length > 0) throw new Error(`editor.js would have a copy of its own of ${shared}`);
if (ofApp.some((path) => path.endsWith("src/editor.js"))) throw new Error("app.js has the editor in it");

mkdirSync(into, { recursive: true });
let html = readFileSync(join(here, "src/index.html"), "utf8");
for (const file of ["app.js", "app.css", "editor.js"])
  html = html.replace(`/page/${file}`, `/page/${file}?v=${hash(readFileSync(join(into, file))).slice(0, 16)}`);
writeFileSync(join(into, "index.html"), html);

// The licences of all that went into it.
const packages = [...new Set([...ofApp, ...ofEditor].map((path) => /.*node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(path)?.[1]).filter(Boolean))].sort();
const licence = (name) => {
  const place = join(here, "node_modules", name);
  const file = readdirSync(place).find((one) => /^licen[cs]e/i.test(one));
  if (!file) throw new Error(`${name} has no licence`);
  return `${name}\n\n${readFileSync(join(place, file), "utf8").trim()}\n`;
};
writeFileSync(join(into, "LICENSES"), packages.map(licence).join("\n----\n\n"));

const sources = ["bundle.mjs", "package-lock.json", ...readdirSync(join(here, "src")).map((name) => `src/${name}`)].sort();
writeFileSync(join(into, "sources"), sources.map((name) => `${hash(readFileSync(join(here, name)))}  ${name}\n`).join(""));
