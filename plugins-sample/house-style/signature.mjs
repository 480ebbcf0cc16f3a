// Verifies the signature of a request from pluginhost. Copy this file into your plugin; it needs nothing else.
//
// Source: Standard Webhooks 1.0.0, "Signature scheme".

import { createHmac, timingSafeEqual } from 'node:crypto';

const TOLERANCE_SECONDS = 5 * 60;
const SIGNATURES_AT_MOST = 16; // The host sends two while a secret is replaced; nobody sends sixteen.

/** The request is not from the host, or not from just now. Answer it with 401. */
export class SignatureError extends Error {}

/** The key in a secret; throws if it is none. A program may call it at its start, to fail early. */
export function keyOf(secret) {
  if (!/^whsec_(?:[A-Za-z0-9+/]{4})+(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/.test(secret)) {
    throw new Error('a secret is whsec_ and base64');
  }
  return Buffer.from(secret.slice('whsec_'.length), 'base64');
}

/**
 * Returns if a request is genuine and recent; throws SignatureError otherwise.
 *
 * `secret` is "whsec_…", as the host showed it; `headers` has lower-case names; `body` holds the bytes exactly as they
 * came, before any decoding; `now` is in seconds since 1970.
 */
export function verify(secret, headers, body, now = Date.now() / 1000) {
  const key = keyOf(secret);
  const id = headers['webhook-id'];
  const timestamp = headers['webhook-timestamp'];
  const signatures = headers['webhook-signature'];
  if (!id || !signatures || !/^[1-9][0-9]{0,11}$/.test(timestamp ?? '')) {
    throw new SignatureError('a webhook-… header is missing or malformed');
  }
  if (Math.abs(now - Number(timestamp)) > TOLERANCE_SECONDS) {
    throw new SignatureError('webhook-timestamp is more than 5 minutes off');
  }
  const code = createHmac('sha256', key).update(`${id}.${timestamp}.`).update(body).digest('base64');
  const wanted = Buffer.from(`v1,${code}`);
  const fits = signatures.split(' ', SIGNATURES_AT_MOST).some((one) => {
    const given = Buffer.from(one);
    // timingSafeEqual takes the same time wherever the two differ, so that nobody can guess byte by byte.
    return given.length === wanted.length && timingSafeEqual(given, wanted);
  });
  if (!fits) throw new SignatureError('no signature fits');
}
