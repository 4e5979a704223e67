// Reads an AsyncAPI document with the specification's own parser: node parse_asyncapi.mjs FOLDER FILE, where FOLDER has
// @asyncapi/parser in its node_modules. Prints what it finds wrong; exit 1 when that is an error or a warning.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

const [folder, file] = process.argv.slice(2);
const { Parser } = createRequire(`${folder}/`)("@asyncapi/parser");
const { document, diagnostics } = await new Parser().parse(readFileSync(file, "utf8"));
const wrong = diagnostics.filter((found) => found.severity <= 1);
for (const found of wrong) console.error(`${found.path.join(".")}: ${found.message}`);
if (!document || wrong.length) process.exit(1);
console.log(`AsyncAPI ${document.version()}: ${document.channels().all().length} channels, ` +
  `${document.messages().all().length} messages, no error and no warning`);
