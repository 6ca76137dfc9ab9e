// Fails when the dashboard grows beyond its budgets (gzip): node size.js DIST
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";

const KIB = 1024;
const FIRST = 60 * KIB;
const LATER = 40 * KIB;
const SQL = 130 * KIB;

const dist = process.argv[2];
const size = (path) => gzipSync(readFileSync(join(dist, path)), { level: 9 }).length;
const html = readFileSync(join(dist, "index.html"), "utf8");
const first = new Set(["index.html", ...[...html.matchAll(/(?:src|href)="\/(assets\/[^"]+\.(?:js|css))"/g)].map((match) => match[1])]);
const total = [...first].reduce((sum, path) => sum + size(path), 0);
let failed = total > FIRST;
console.log(`${failed ? "TOO LARGE" : "ok"}  first load ${(total / KIB).toFixed(1)} KiB of ${FIRST / KIB}`);
for (const name of readdirSync(join(dist, "assets")).filter((one) => /\.(js|css)$/.test(one))) {
  if (first.has(`assets/${name}`)) continue;
  const limit = name.startsWith("editor") ? SQL : LATER;
  const bytes = size(`assets/${name}`);
  if (bytes <= limit) continue;
  failed = true;
  console.log(`TOO LARGE  ${name} ${(bytes / KIB).toFixed(1)} KiB of ${limit / KIB}`);
}
process.exit(failed ? 1 : 0);
