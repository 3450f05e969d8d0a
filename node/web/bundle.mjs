// bundle.mjs SOURCE OUT: bundles scripts and styles, names each file by its contents, compresses it, and writes OUT/files.cpp
// (node/api/static_files.h: web_files). OUT/node_modules has the packages.
import {createHash} from 'node:crypto';
import {readFileSync, writeFileSync} from 'node:fs';
import {createRequire} from 'node:module';
import {join, resolve} from 'node:path';
import {constants, gzipSync} from 'node:zlib';

const [source, out] = process.argv.slice(2).map((path) => resolve(path));
const esbuild = createRequire(join(out, 'package.json'))('esbuild');

const types = {html: 'text/html; charset=utf-8', js: 'text/javascript; charset=utf-8', css: 'text/css; charset=utf-8', svg: 'image/svg+xml'};

/** The encoded length of the chain's parameters: every field has a fixed width. */
function parameters_bytes() {
  const header = readFileSync(join(source, '../../ledger/records/parameters.h'), 'utf8');
  const [, fields] = /struct Parameters \{(.*?)static constexpr auto fields/s.exec(header);
  const widths = {Coin: 8, Shares: 8, 'std::uint64_t': 8, 'std::uint32_t': 4};
  const types = [...fields.matchAll(/^ {4}([\w:]+) \w+(?: =|\{|;)/gm)].map(([, type]) => type);
  const unknown = types.find((type) => !(type in widths));
  if (unknown || types.length === 0) throw new Error(`parameters.h has a field of a type without a fixed width: ${unknown}`);
  return types.reduce((sum, type) => sum + widths[type], 0);
}

function bundled(entry) {
  const result = esbuild.buildSync({
    entryPoints: [join(source, entry)], bundle: true, minify: true, write: false, format: 'esm', target: 'es2022', charset: 'utf8',
    nodePaths: [join(out, 'node_modules')], legalComments: 'inline', logLevel: 'warning', define: {PARAMETERS_BYTES: String(parameters_bytes())},
  });
  return Buffer.from(result.outputFiles[0].contents);
}

const digest = (bytes) => createHash('sha256').update(bytes).digest('hex').slice(0, 16);

const assets = [
  ['app.js', bundled('src/main.js')],
  ['app.css', bundled('styles/app.css')],
  ['icon.svg', readFileSync(join(source, 'icon.svg'))],
];
let index = readFileSync(join(source, 'index.html'), 'utf8');
const files = assets.map(([name, bytes]) => {
  const [stem, extension] = name.split('.');
  const path = `/assets/${stem}-${digest(bytes)}.${extension}`;
  index = index.replaceAll(`/assets/${name}`, path);
  return {path, type: types[extension], immutable: true, bytes};
});
files.unshift({path: '/', type: types.html, immutable: false, bytes: Buffer.from(index)});

const array = (name, bytes) => `constexpr std::uint8_t ${name}[] = {${Array.from(bytes).join(',')}};\n`;
const gzip = (bytes) => gzipSync(bytes, {level: constants.Z_BEST_COMPRESSION});
const rows = files.map(({path, type, immutable, bytes}, i) =>
  `    {"${path}", "${type}", "\\"${digest(bytes)}\\"", ${immutable}, k_plain_${i}, k_gzip_${i}},\n`);
writeFileSync(join(out, 'files.cpp'), `#include "node/api/static_files.h"

namespace dure::node {

namespace {

${files.map(({bytes}, i) => array(`k_plain_${i}`, bytes) + array(`k_gzip_${i}`, gzip(bytes))).join('')}
constexpr WebFile k_files[] = {
${rows.join('')}};

}  // namespace

std::span<const WebFile> web_files() {
    return k_files;
}

}  // namespace dure::node
`);
const sizes = files.map(({path, bytes}) => `${path} ${bytes.length} bytes, ${gzip(bytes).length} compressed`);
console.log(sizes.join('\n'));
