// Writes C++ that holds the files of a folder, each plain, by gzip and by brotli: node embed.js FOLDER OUT.cc
import { createHash } from "node:crypto";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { extname, join } from "node:path";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";

const TYPES = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".svg": "image/svg+xml",
};

const [folder, out] = process.argv.slice(2);
const files = readdirSync(folder, { recursive: true, withFileTypes: true })
  .filter((entry) => entry.isFile() && extname(entry.name) in TYPES)
  .map((entry) => join(entry.parentPath, entry.name))
  .sort();

const blobs = [];
const rows = files.map((file) => {
  const plain = readFileSync(file);
  const brotli = brotliCompressSync(plain, { params: { [constants.BROTLI_PARAM_QUALITY]: 11 } });
  const gzip = gzipSync(plain, { level: 9 });
  writeFileSync(`${file}.br`, brotli);
  writeFileSync(`${file}.gz`, gzip);
  const view = (path, bytes) => {
    blobs.push({ path, size: bytes.length });
    return `{blob_${blobs.length - 1}, ${bytes.length}}`;
  };
  const etag = createHash("sha256").update(plain).digest("hex").slice(0, 16);
  const path = file.slice(folder.length).replaceAll("\\", "/");
  return `    {"${path === "/index.html" ? "/" : path}", "${TYPES[extname(file)]}", "\\"${etag}\\"", ${view(file, plain)}, ${view(`${file}.gz`, gzip)}, ${view(`${file}.br`, brotli)}},`;
});

const assembler = blobs.map(({ path }, i) => `asm(".pushsection .rodata\\nblob_${i}:\\n.incbin \\"${path}\\"\\n.popsection");\nextern "C" const char blob_${i}[];`);
writeFileSync(
  out,
  `#include "dashboard/assets.h"

${assembler.join("\n")}

namespace spectrum::dashboard {
namespace {

const Asset kAssets[] = {
${rows.join("\n")}
};

}  // namespace

std::span<const Asset> assets() { return kAssets; }

}  // namespace spectrum::dashboard
`,
);
