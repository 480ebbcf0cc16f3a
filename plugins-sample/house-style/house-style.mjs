#!/usr/bin/env node
// A plugin for pluginhost that keeps documents in the house style. `--help` says how to start it.
//
// This file moves bytes and checks signatures; what the plugin does is in style.mjs.

import { existsSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { parseArgs } from 'node:util';

import { keyOf, SignatureError, verify } from './signature.mjs';
import { respond } from './style.mjs';

const BODY_LIMIT_BYTES = 5 << 20; // What the host sends at most.
const USAGE = `usage: house-style.mjs [--host ADDRESS] [--port NUMBER] [--secret whsec_…] [--secret-file FILE]

  --host         address to listen on (default: 127.0.0.1)
  --port         port to listen on; 0, the default, picks a free one
  --secret       whsec_…, as the host showed it (default: $PLUGINHOST_PLUGIN_SECRET)
  --secret-file  a file that holds the secret; it may appear later
`;

/** The request gets an error status and no answer. */
class Refused extends Error {
  constructor(status, message) {
    super(message);
    this.status = status;
  }
}

/**
 * Returns a function that gives the secret, or undefined until there is one.
 *
 * The host shows the secret once, when the plugin is registered. A plugin that is already running then finds it in a
 * file, which is looked for at each request until it is there.
 */
function secretSource(text, file) {
  let secret = text;
  if (secret) keyOf(secret);
  return () => {
    if (!secret && file && existsSync(file)) {
      const found = readFileSync(file, 'utf8').trim();
      if (found) keyOf(found);
      secret = found;
    }
    return secret || undefined;
  };
}

/** The answer to a request with this body, null for "nothing to say"; throws Refused if there is none. */
function answerTo(headers, body, secret) {
  if (secret) {
    try {
      verify(secret, headers, body);
    } catch (error) {
      throw error instanceof SignatureError ? new Refused(401, error.message) : error;
    }
  }
  let request;
  try {
    request = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body));
  } catch {
    throw new Refused(400, 'the body is not JSON in UTF-8');
  }
  if (!Array.isArray(request?.events) || request.events.some((event) => typeof event?.type !== 'string')) {
    throw new Refused(400, 'the body is not a request of pluginhost');
  }
  // Without a secret nobody can be trusted; only the ping of the registration, which gives nothing away, is answered.
  if (!secret && request.events.some((event) => event.type !== 'plugin.ping')) {
    throw new Refused(401, 'this plugin has no secret yet; start it with --secret or --secret-file');
  }
  return respond(request);
}

/** The body of a request, as bytes. */
async function readBody(request) {
  const tooLarge = (size) => new Refused(413, `the body has ${size} bytes or more; at most ${BODY_LIMIT_BYTES} are read`);
  const announced = Number(request.headers['content-length'] ?? 0);
  if (announced > BODY_LIMIT_BYTES) throw tooLarge(announced);
  const pieces = [];
  let size = 0;
  // Destroying the stream would take the connection with it, and so the answer that says what was wrong.
  for await (const piece of request.iterator({ destroyOnReturn: false })) {
    size += piece.length;
    if (size > BODY_LIMIT_BYTES) throw tooLarge(size);
    pieces.push(piece);
  }
  return Buffer.concat(pieces);
}

/** Answers with JSON, or with 204 if there is nothing to say. */
function send(response, status, answer, headers = {}) {
  if (answer === null) {
    response.writeHead(204, headers).end();
    return;
  }
  const body = Buffer.from(JSON.stringify(answer));
  const type = { 'content-type': 'application/json', 'content-length': body.length };
  response.writeHead(status, { ...type, ...headers }).end(body);
}

async function handle(request, response, secret) {
  try {
    if (request.method !== 'POST') {
      send(response, 405, { error: 'a plugin is called with POST' }, { allow: 'POST' });
      return;
    }
    const body = await readBody(request);
    send(response, 200, answerTo(request.headers, body, secret()));
  } catch (error) {
    if (response.destroyed) return; // The host has hung up.
    const status = error instanceof Refused ? error.status : 500;
    console.error(`${status} ${error.message}`);
    // After a body that was not read to its end, the connection is of no more use.
    const headers = request.complete ? {} : { connection: 'close' };
    send(response, status, { error: status === 500 ? 'internal error' : error.message }, headers);
  }
}

function main() {
  const texts = ['host', 'port', 'secret', 'secret-file'];
  const options = { help: { type: 'boolean' }, ...Object.fromEntries(texts.map((name) => [name, { type: 'string' }])) };
  let values;
  let secret;
  try {
    ({ values } = parseArgs({ options }));
    if (!/^\d{1,5}$/.test(values.port ?? '0')) throw new Error('--port is not a number');
    secret = secretSource(values.secret ?? process.env.PLUGINHOST_PLUGIN_SECRET, values['secret-file']);
  } catch (error) {
    console.error(`${error.message}\n${USAGE}`);
    process.exitCode = 2;
    return;
  }
  if (values.help) {
    console.log(USAGE);
    return;
  }
  const host = values.host ?? '127.0.0.1';
  const server = createServer((request, response) => handle(request, response, secret));
  server.keepAliveTimeout = 75_000; // Longer than the host keeps idle connections, so that it never meets a closed one.
  server.on('error', (error) => {
    console.error(error.message);
    process.exitCode = 1;
  });
  server.listen(Number(values.port ?? 0), host, () => {
    console.log(`listening on http://${host}:${server.address().port}/`);
  });
  process.on('SIGTERM', () => {
    server.close(); // Requests under way are answered, and nothing keeps the program running after them.
    server.closeIdleConnections?.();
  });
}

main();
