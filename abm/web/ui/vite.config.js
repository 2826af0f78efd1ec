// Every .js and .css directly under src/ is an entry a page may ask for by name: {{ asset('app.js') }}.
import { readdirSync } from "node:fs";
import { defineConfig } from "vite";

const entries = readdirSync("src").filter((name) => /\.(js|css)$/.test(name));

export default defineConfig({
  base: "./",
  build: {
    outDir: "../static/dist",
    emptyOutDir: true,
    manifest: "manifest.json",
    modulePreload: { polyfill: false },
    // The pages' content policy lets no data: font or script through, so nothing is folded into the files.
    assetsInlineLimit: 0,
    rolldownOptions: {
      input: entries.map((name) => `src/${name}`),
      // htmx keeps one eval for features that are switched off here (layout.html) and that the policy forbids.
      checks: { eval: false },
    },
  },
});
