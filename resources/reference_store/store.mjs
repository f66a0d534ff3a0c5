// The reference store: the npm tus server with what makes it a store of records.
//
//   node store.mjs FOLDER [PORT [ADDRESS]] [--with-parent]
//
// prints {"url": "..."} when it listens, on 127.0.0.1 by itself; with the last option it ends with its parent,
// however that ends, when its standard input closes.
//
// An upload is named by the SHA-256 that its metadata promises. Three hooks:
//   on creation   a known name is refused (409): a second POST would cut the stored file to nothing
//   on finish     the bytes on the disk are hashed; wrong ones are dropped (460), right ones are
//                 flushed, and a receipt is written beside them
//   GET NAME/receipt   the receipt again, and GET NAME the file
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import fs from 'node:fs/promises';
import http from 'node:http';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import { FileStore } from '@tus/file-store';
import { EVENTS, Server } from '@tus/server';

const NAME = /^[0-9a-f]{64}$/;
const STORED_PATH = /^\/files\/([0-9a-f]{64})(\/receipt)?$/;
const given = process.argv.slice(2).filter((word) => !word.startsWith('--'));
const folder = path.resolve(given[0]);
const port = Number(given[1] ?? 0);
const address = given[2] ?? '127.0.0.1';
await fs.mkdir(folder, { recursive: true });

const place = (name, suffix = '') => path.join(folder, name + suffix);
const refusal = (status_code, code) => ({ status_code, body: `${JSON.stringify({ code })}\n` });
const missing = (fault) => {
  if (fault.code !== 'ENOENT') throw fault;
  return undefined;
};

async function flush(file) {
  const handle = await fs.open(file, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

async function writeDurably(file, text) {
  const temporary = `${file}.${process.pid}.tmp`;
  await fs.writeFile(temporary, text, { flush: true });
  await fs.rename(temporary, file);
  await flush(folder);
}

async function readJson(file) {
  const text = await fs.readFile(file, 'utf8').catch(missing);
  return text === undefined ? undefined : JSON.parse(text);
}

// The package's own writes in place: a killed server would leave half a description.
const descriptions = {
  get: (name) => readJson(place(name, '.json')),
  set: (name, value) => writeDurably(place(name, '.json'), JSON.stringify(value)),
  delete: (name) => fs.rm(place(name, '.json'), { force: true }),
};

async function sha256(file) {
  const hash = createHash('sha256');
  for await (const piece of createReadStream(file, { highWaterMark: 1 << 20 })) hash.update(piece);
  return hash.digest('hex');
}

async function takeIn(upload) {
  const name = upload.id;
  const known = await readJson(place(name, '.receipt.json'));
  const digest = await sha256(place(name));
  if (digest !== name) {
    if (known) throw refusal(500, 'STORED_FILE_DAMAGED'); // never dropped: a person must look
    await fs.rm(place(name), { force: true });
    await descriptions.delete(name);
    throw refusal(460, 'SHA256_MISMATCH');
  }
  if (known) return known;
  await flush(place(name));
  const receipt = { key: name, sha256: digest, size: upload.size,
    stored_at: new Date().toISOString(), store: 'reference' };
  await writeDurably(place(name, '.receipt.json'), JSON.stringify(receipt));
  return receipt;
}

const creating = new Set(); // two requests at once for one name: the check and the file are apart
const finishing = new Map();

async function refuseKnown(_, upload) {
  if (creating.has(upload.id)) throw refusal(409, 'EXISTS');
  creating.add(upload.id);
  setTimeout(() => creating.delete(upload.id), 5000).unref();
  if (await descriptions.get(upload.id)) {
    creating.delete(upload.id);
    throw refusal(409, 'EXISTS');
  }
  return {};
}

async function finish(_, upload) {
  if (!finishing.has(upload.id)) {
    finishing.set(upload.id, takeIn(upload).finally(() => finishing.delete(upload.id)));
  }
  const receipt = await finishing.get(upload.id);
  return { status_code: 200, headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify(receipt) };
}

const tus = new Server({
  path: '/files',
  relativeLocation: true,
  datastore: new FileStore({ directory: folder, configstore: descriptions }),
  lockDrainTimeout: 300, // a line that broke leaves a request behind, which holds the upload's lock
  disableTerminationForFinishedUploads: true,
  namingFunction: (_, metadata) => {
    if (!NAME.test(metadata?.sha256 ?? '')) throw refusal(400, 'SHA256_MISSING');
    return metadata.sha256;
  },
  onUploadCreate: refuseKnown,
  onUploadFinish: finish,
});
tus.on(EVENTS.POST_CREATE, (_, upload) => creating.delete(upload.id));

async function giveReceipt(name, response) {
  const receipt = await readJson(place(name, '.receipt.json'));
  const body = JSON.stringify(receipt ?? { code: 'NO_RECEIPT' });
  response.writeHead(receipt ? 200 : 404, { 'Content-Type': 'application/json' }).end(body);
}

// The package's own GET can throw from a stream that is closed twice, which ends the process.
async function giveFile(name, response) {
  const receipt = await readJson(place(name, '.receipt.json'));
  if (!receipt) {
    response.writeHead(404).end();
    return;
  }
  response.writeHead(200, { 'Content-Type': 'application/octet-stream',
    'Content-Length': receipt.size });
  await pipeline(createReadStream(place(name)), response);
}

function answer(request, response) {
  const asked = request.method === 'GET' && STORED_PATH.exec(request.url);
  if (!asked) return tus.handle(request, response);
  return asked[2] ? giveReceipt(asked[1], response) : giveFile(asked[1], response);
}

const server = http.createServer((request, response) => {
  answer(request, response).catch(() => response.destroy());
});
server.listen(port, address, () => {
  console.log(JSON.stringify({ url: `http://${address}:${server.address().port}/files` }));
});

if (process.argv.includes('--with-parent')) {
  process.stdin.resume().on('end', () => process.exit());
}
