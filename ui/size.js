// Fails when the dashboard grows beyond its budgets (gzip): node size.js DIST
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";

const KIB = 1024;
const dist = process.argv[2];
const size = (path) => gzipSync(readFileSync(join(dist, path)), { level: 9 }).length / KIB;
const sum = (paths) => paths.reduce((total, path) => total + size(path), 0);

const html = readFileSync(join(dist, "index.html"), "utf8");
const all = ["index.html", ...readdirSync(join(dist, "assets")).filter((one) => /\.(js|css)$/.test(one)).map((one) => `assets/${one}`)];
const first = all.filter((path) => path === "index.html" || html.includes(`"/${path}"`));
const later = all.filter((path) => !first.includes(path));
const SQL = { editor: 130, layout: 20 }; // fetched where queries are written, and laid out
const ofSql = (path) => Object.keys(SQL).find((name) => path.startsWith(`assets/${name}-`));

const budgets = [
  ["first load", sum(first), 60],
  ["all styles", sum(all.filter((path) => path.endsWith(".css"))), 14],
  ["everything", sum(all), 280],
  ...later.map((path) => [path, size(path), SQL[ofSql(path)] ?? 18]),
];
for (const [what, kib, most] of budgets) {
  if (kib > most) process.exitCode = 1;
  if (kib > most || !what.includes("/")) console.log(`${kib > most ? "TOO LARGE" : "ok"}  ${what} ${kib.toFixed(1)} KiB of ${most}`);
}
