// Bundles src/page.js with all it imports into one script, without comments that could end a <script>.
// node build.js OUTPUT
import { build } from 'esbuild';

await build({
  entryPoints: [new URL('src/page.js', import.meta.url).pathname],
  outfile: process.argv[2] ?? 'page.bundle.js',
  bundle: true,
  minify: true,
  format: 'iife',
  target: 'es2020',
  charset: 'utf8',
  legalComments: 'none',
  logLevel: 'warning',
});
