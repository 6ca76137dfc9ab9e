import { defineConfig } from "@playwright/test";

export default defineConfig({
  testDir: "tests",
  outputDir: "../build/ui-test-results",
  workers: 1,
  timeout: 120_000,
  expect: { timeout: 15_000 },
  snapshotPathTemplate: "{testDir}/../../docs/img/{arg}{ext}",
  updateSnapshots: "none",
  // Once more in CI, on a server of its own: what fails there too has failed; what does not is printed as flaky.
  retries: process.env.CI === "true" ? 1 : 0,
  reporter: [["list"]],
  use: {
    viewport: { width: 1360, height: 900 },
    contextOptions: { reducedMotion: "reduce" },
    launchOptions: { executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium", args: ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run"] },
  },
});
