// Builds the files that the bot serves. With --check nothing is written: it fails when a committed file differs from its source.
import { readFile, writeFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const here = dirname(fileURLToPath(import.meta.url));
const served = join(here, "..", "bot", "web", "static");
const check = process.argv.includes("--check");

const { outputFiles } = await build({
  absWorkingDir: here,
  entryPoints: ["src/chat.tsx", "src/loader.ts", "src/question.ts", "src/candor.css", "src/demo.css"],
  outdir: served,
  bundle: true,
  minify: true,
  charset: "utf8",
  format: "iife",
  target: ["chrome109", "firefox115", "safari16.4"],
  jsxFactory: "h",
  jsxFragment: "Fragment",
  legalComments: "none",
  write: false,
});

let stale = false;
for (const file of outputFiles) {
  const committed = await readFile(file.path).catch(() => null);
  if (committed?.equals(file.contents)) continue;
  if (check) {
    console.error(`bot/web/static/${basename(file.path)} is not what its source gives. Run: npm --prefix widget run build`);
    stale = true;
  } else {
    await writeFile(file.path, file.contents);
  }
}
process.exitCode = stale ? 1 : 0;
