import { svelte } from "@sveltejs/vite-plugin-svelte";
import { defineConfig } from "vitest/config";

import { firstPaint } from "./first-paint.ts";

export default defineConfig({
  plugins: [svelte(), firstPaint()],
  build: {
    emptyOutDir: true,
    target: "es2023",
    assetsInlineLimit: 0, // the content security policy allows no data: scripts or styles
    modulePreload: { polyfill: false },
    // What every page needs is one file instead of many small ones; so is what those need that ask and draw questions.
    rolldownOptions: {
      output: {
        codeSplitting: {
          groups: [
            { name: "base", test: /node_modules\/(svelte|esm-env|clsx)\/|src\/lib\/(api|app|asked|format|preferences|questions|range|refused|resource|url)\./ },
            { name: "answers", test: /src\/lib\/(compared|funnel|paths|retention|revenue|tables|trends)\./ },
          ],
        },
      },
    },
  },
  server: { proxy: { "/api": "http://127.0.0.1:8000", "/metrics": "http://127.0.0.1:8000", "/experiments": "http://127.0.0.1:8000" } },
  test: { include: ["src/**/*.test.ts"] },
});
