/// <reference types="vitest/config" />
import { constants, gzipSync } from "node:zlib";
import react from "@vitejs/plugin-react";
import { defineConfig, type Plugin } from "vite";

/** Writes a .gz beside each large asset, so that the server never compresses files itself. */
const precompress = (): Plugin => ({
  name: "precompress",
  apply: "build",
  generateBundle: {
    order: "post",
    handler(_options, bundle) {
      for (const file of Object.values(bundle)) {
        const source = file.type === "chunk" ? file.code : file.source;
        if (/^assets\/.*\.(js|css|svg)$/.test(file.fileName) && source.length > 1024) {
          const packed = gzipSync(source, { level: constants.Z_BEST_COMPRESSION });
          this.emitFile({ type: "asset", fileName: `${file.fileName}.gz`, source: packed });
        }
      }
    },
  },
});

const EVERYWHERE = /node_modules\/(@tanstack|react|react-dom|scheduler|wouter|regexparam|mitt|use-sync-external-store)\/|\/src\/[^/]+\.tsx?$|\/src\/words\/|\/src\/pages\/jobs\/(fields|Filter)\.tsx?$/;

export default defineConfig({
  // Relative to <base href>, so that the server may be reached under any path.
  base: "./",
  plugins: [react(), precompress()],
  build: {
    outDir: "../src/schedy_server/web",
    emptyOutDir: true,
    modulePreload: { polyfill: false },
    // What every page needs comes as one file: each further one costs a request.
    rolldownOptions: { output: { codeSplitting: { groups: [{ name: "base", test: EVERYWHERE }] } } },
    assetsInlineLimit: 0,
  },
  server: { proxy: { "^/(experiments|session|sessions|tokens|events|me|workers|version)/": "http://127.0.0.1:8080" } },
  test: { include: ["src/**/*.test.ts"] },
});
