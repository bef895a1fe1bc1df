'use strict';

const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');

// The files that the service serves.
const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'reference-express-'));
const file = path.join(folder, 'file.txt');
const directory = path.join(folder, 'static');

fs.writeFileSync(file, Buffer.from(Array.from({ length: 100_000 }, (_, i) => 'a'.charCodeAt(0) + (i % 26))));
fs.mkdirSync(directory);
fs.writeFileSync(path.join(directory, 'hello.txt'), 'hello\n');

module.exports = { file, directory, remove: () => fs.rmSync(folder, { recursive: true, force: true }) };
