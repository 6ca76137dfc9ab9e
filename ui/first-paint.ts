// What a browser shows before the dashboard's scripts ran: the frame around every page, in the look somebody chose.
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";

import { svelte } from "@sveltejs/vite-plugin-svelte";
import { build, type Plugin, type Rolldown } from "vite";

/** The frame's component, built for this process and drawn. */
async function drawFrame(): Promise<string> {
  const { output } = (await build({
    configFile: false,
    logLevel: "error",
    plugins: [svelte()],
    ssr: { noExternal: true },
    build: { ssr: "src/frame.ts", write: false },
  })) as Rolldown.RolldownOutput;
  const built = (await import(`data:text/javascript,${encodeURIComponent(output[0].code)}`)) as { frame: string };
  return built.frame;
}

export function firstPaint(): Plugin {
  const look = readFileSync(new URL("src/look.js", import.meta.url));
  const fileName = `assets/look-${createHash("sha256").update(look).digest("hex").slice(0, 8)}.js`;
  return {
    name: "first-paint",
    generateBundle() {
      this.emitFile({ type: "asset", fileName, source: look });
    },
    transformIndexHtml: {
      order: "post",
      handler: async (html, { server }) => ({
        html: server ? html : html.replace('<div id="app">', `$&${await drawFrame()}`),
        tags: [{ tag: "script", attrs: { src: server ? "/src/look.js" : `/${fileName}` }, injectTo: "head" }],
      }),
    },
  };
}
