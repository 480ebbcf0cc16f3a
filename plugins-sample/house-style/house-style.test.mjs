// The program itself, over HTTP: node --test, in this folder.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { createHmac } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { request as httpRequest } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

import { keyOf, SignatureError, verify } from './signature.mjs';

const PROGRAM = fileURLToPath(new URL('house-style.mjs', import.meta.url));
const VECTORS_FILE = new URL('../../protocol/test-vectors/signatures.json', import.meta.url);
const VECTORS = JSON.parse(readFileSync(VECTORS_FILE, 'utf8'));
const SECRET = `whsec_${Buffer.from('0123456789abcdef0123456789abcdef').toString('base64')}`;
const OTHER = `whsec_${Buffer.from('f'.repeat(32)).toString('base64')}`;
const PING = { protocol: '1.0', events: [{ type: 'plugin.ping', data: { challenge: '7f3c' } }], document: null };
const CREATION = {
  protocol: '1.0',
  actor: { type: 'user', id: 'usr_a' },
  events: [{ type: 'document.created', data: {} }],
  document: { title: 'T', blocks: [{ id: `blk_${'0'.repeat(26)}`, type: 'paragraph', text: 'two  spaces' }] },
};

/** The headers with which the host sends a body. */
function signed(body, secret = SECRET, age = 0) {
  const id = `exc_${'0'.repeat(26)}`;
  const timestamp = String(Math.floor(Date.now() / 1000) - age);
  const code = createHmac('sha256', keyOf(secret)).update(`${id}.${timestamp}.`).update(body).digest('base64');
  return { 'webhook-id': id, 'webhook-timestamp': timestamp, 'webhook-signature': `v1,${code}` };
}

/** Starts the program on a free port; ends it with the test. */
async function start(t, args, environment = {}) {
  const child = spawn(process.execPath, [PROGRAM, ...args], {
    env: { ...process.env, PLUGINHOST_PLUGIN_SECRET: '', ...environment },
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  t.after(() => child.kill('SIGKILL'));
  const [line] = await once(createInterface(child.stdout), 'line');
  const [, url] = /^listening on (http:\/\/127\.0\.0\.1:\d+\/)$/.exec(line);
  const post = async (request, headers) => {
    const body = typeof request === 'string' || Buffer.isBuffer(request) ? request : JSON.stringify(request);
    const response = await fetch(url, { method: 'POST', body, headers: headers ?? signed(body) });
    const text = await response.text();
    return { status: response.status, answer: text ? JSON.parse(text) : null };
  };
  return { child, url, post };
}

test('published vectors', async (t) => {
  for (const { why, secret, headers, body, now, accept } of VECTORS.verify) {
    await t.test(why, () => {
      const check = () => verify(secret, headers, Buffer.from(body), now);
      if (accept) check();
      else assert.throws(check, SignatureError);
    });
  }
  for (const { why, secret, id, timestamp, body, signature } of VECTORS.sign) {
    const headers = { 'webhook-id': id, 'webhook-timestamp': timestamp, 'webhook-signature': signature };
    await t.test(why, () => verify(secret, headers, Buffer.from(body), Number(timestamp)));
  }
});

test('answers', async (t) => {
  const { post } = await start(t, ['--port', '0', '--secret', SECRET]);
  const ping = await post(PING);
  assert.deepEqual([ping.status, ping.answer.challenge, ping.answer.manifest.name], [200, '7f3c', 'house-style']);
  const creation = await post(CREATION);
  assert.deepEqual([creation.status, creation.answer.commands.length], [200, 1]);
  assert.deepEqual(await post({ ...CREATION, document: null }), { status: 204, answer: null });
});

test('refuses what is not from the host', async (t) => {
  const { post } = await start(t, [], { PLUGINHOST_PLUGIN_SECRET: SECRET });
  const body = JSON.stringify(PING);
  assert.equal((await post(body, signed(body, OTHER))).status, 401);
  assert.equal((await post(body, signed(body, SECRET, 301))).status, 401);
  assert.equal((await post(body, {})).status, 401);
  const both = signed(body);
  both['webhook-signature'] = `v1a,x ${signed(body, OTHER)['webhook-signature']} ${both['webhook-signature']}`;
  assert.equal((await post(body, both)).status, 200);
});

test('a secret that comes later', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'house-style-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const file = join(folder, 'secret');
  const { post } = await start(t, ['--secret-file', file]);
  assert.equal((await post(PING, {})).status, 200);
  assert.equal((await post(CREATION, {})).status, 401);
  writeFileSync(file, `${SECRET}\n`);
  assert.equal((await post(PING, {})).status, 401);
  assert.equal((await post(CREATION)).status, 200);
});

test('requests that are none', async (t) => {
  const { post, url } = await start(t, ['--secret', SECRET]);
  for (const body of ['', '{', '[]', 'null', '{"events": 7}', '{"events": [null]}', Buffer.from([0xff])]) {
    assert.equal((await post(body)).status, 400, String(body));
  }
  const tooLarge = httpRequest(url, { method: 'POST', headers: { 'content-length': 6 << 20 } });
  tooLarge.flushHeaders();
  const [response] = await once(tooLarge, 'response');
  assert.equal(response.statusCode, 413);
  tooLarge.destroy();
  const get = await fetch(url);
  assert.deepEqual([get.status, get.headers.get('allow')], [405, 'POST']);
});

test('a wrong secret is said at the start', async () => {
  const child = spawn(process.execPath, [PROGRAM, '--secret', 'whpk_x'], { stdio: 'ignore' });
  assert.deepEqual(await once(child, 'exit'), [2, null]);
});

test('ends on SIGTERM', async (t) => {
  const { child, post } = await start(t, ['--secret', SECRET]);
  assert.equal((await post(PING)).status, 200); // and the connection is still open
  child.kill('SIGTERM');
  assert.deepEqual(await once(child, 'exit'), [0, null]);
});
