// The house style. Pure: no network, no clock, no files.
//
// `respond(request)` is the whole plugin; what is around it only moves bytes.

const PROTOCOL = '1.0';
const COMMANDS_AT_MOST = 256; // The host refuses an answer with more.
const PASSES_AT_MOST = 4; // One change may make room for another; after three passes no text has been seen to change.
const TITLE_LENGTH = 60;

export const MANIFEST = {
  protocol: [PROTOCOL],
  name: 'house-style',
  version: '1.0.0',
  description: 'Sets typographic quotes, dashes and ellipses, removes stray spaces, and wants a title.',
  subscriptions: [
    {
      events: ['document.created', 'document.changed', 'block.created', 'block.changed'],
      phase: 'before',
      order: 50,
      timeoutMilliseconds: 1000,
      onFailure: 'reject',
      reads: ['/title', '/blocks'],
      writes: ['/blocks'],
      sideEffects: 'none',
    },
  ],
  scopes: ['blocks:write'],
};

/** Answers a request as parsed from JSON; null when there is nothing to say. */
export function respond(request) {
  const ping = request.events.find((event) => event.type === 'plugin.ping');
  if (ping) return { protocol: PROTOCOL, challenge: ping.data.challenge, manifest: MANIFEST };
  // Nothing else was subscribed to; what a later host sends beside it is none of our business.
  const wanted = MANIFEST.subscriptions[0].events;
  const { document } = request;
  if (!document || !request.events.some((event) => wanted.includes(event.type))) return null;

  // Other plugins cannot give a document its title, so only people and programs are held up for it.
  if (request.actor?.type !== 'plugin' && !document.title?.trim()) return denial(document);

  const commands = [];
  for (const block of changedBlocks(request)) commands.push(...commandsFor(block));
  if (commands.length === 0) return null;
  const answer = { protocol: PROTOCOL, commands: commands.slice(0, COMMANDS_AT_MOST) };
  if (commands.length > COMMANDS_AT_MOST) {
    answer.warnings = [`house-style found ${commands.length} places and changes the first ${COMMANDS_AT_MOST} of them.`];
  }
  return answer;
}

/** Refuses a document without a title, and offers one if the text has any. */
function denial(document) {
  const reason = { pointer: '/title', message: 'The document has no title. Give it one.' };
  const title = suggestedTitle(document);
  if (title) reason.suggest = [{ op: 'document.setTitle', title }];
  return { protocol: PROTOCOL, verdict: { allow: false, reasons: [reason] } };
}

/** The first heading, or else the first words of the first text; '' if there is neither. */
export function suggestedTitle(document) {
  const blocks = [...blocksIn(document.blocks ?? [])].filter((block) => block.type !== 'code' && plainText(block));
  const source = blocks.find((block) => block.type === 'heading') ?? blocks[0];
  return source ? shortened(styled(plainText(source))) : '';
}

/** The start of a block's text on one line, without the stand-ins of inline elements. */
function plainText(block) {
  const start = (block.text ?? '').slice(0, 1000).replace(/[\uD800-\uDBFF]$/, ''); // No half of a pair.
  return start.replaceAll('\uFFFC', ' ').replace(/\s+/g, ' ').trim();
}

/** At most TITLE_LENGTH code points, cut between words and then marked with an ellipsis. */
function shortened(text) {
  const points = Array.from(text);
  if (points.length <= TITLE_LENGTH) return text;
  const start = points.slice(0, TITLE_LENGTH).join('');
  return `${start.replace(/\s+\S*$/, '').replace(/[\s,.;:–-]+$/, '')}…`;
}

/** All blocks, in reading order. */
function* blocksIn(blocks) {
  const waiting = [...blocks].reverse();
  while (waiting.length > 0) {
    const block = waiting.pop();
    yield block;
    for (const child of [...(block.children ?? [])].reverse()) waiting.push(child);
  }
}

/** The blocks that the events name, with what was inserted inside them; all blocks of a new document. */
function changedBlocks(request) {
  const all = request.document.blocks ?? [];
  if (request.events.some((event) => event.type === 'document.created')) return [...blocksIn(all)];
  const created = new Set();
  const changed = new Set();
  for (const { type, data } of request.events) {
    if (type === 'block.created') created.add(data.block);
    if (type === 'block.changed') changed.add(data.block);
  }
  const chosen = new Set();
  for (const block of blocksIn(all)) {
    if (created.has(block.id)) for (const inner of blocksIn([block])) chosen.add(inner);
    else if (changed.has(block.id)) chosen.add(block);
  }
  return [...chosen];
}

/**
 * The commands that bring a block's text into the house style.
 *
 * Each replaces one range and expects the text that it found there. They go from the end of the text to its start, so
 * that no replacement moves the ranges of those that follow it.
 */
export function commandsFor(block) {
  const commands = [];
  if (block.type === 'code') return commands;
  let text = block.text ?? '';
  for (let pass = 0; pass < PASSES_AT_MOST; pass += 1) {
    const edits = editsFor(text);
    if (edits.length === 0) break;
    const target = { block: block.id };
    const replacements = [];
    const pieces = [];
    let done = 0; // How far the text has been copied, in UTF-16 units as JavaScript counts …
    let points = 0; // … and in code points, as the protocol counts.
    for (const { start, end, replacement } of edits) {
      const kept = text.slice(done, start);
      const found = text.slice(start, end);
      const first = points + codePoints(kept);
      points = first + codePoints(found);
      done = end;
      pieces.push(kept, replacement);
      const range = { start: first, end: points };
      replacements.push({ op: 'text.replace', target, ...range, text: replacement, expect: { text: found } });
    }
    text = pieces.join('') + text.slice(done);
    for (const replacement of replacements.reverse()) commands.push(replacement);
  }
  return commands;
}

/** A text in the house style. */
function styled(text) {
  let result = text;
  for (let pass = 0; pass < PASSES_AT_MOST; pass += 1) {
    for (const { start, end, replacement } of editsFor(result).reverse()) {
      result = result.slice(0, start) + replacement + result.slice(end);
    }
  }
  return result;
}

/** How many code points a text has. */
function codePoints(text) {
  let count = 0;
  for (const _ of text) count += 1;
  return count;
}

// Code in backticks, or a run of anything but white space and double quotes.
const PIECE = /`[^`]*`|[^\s`"]+/g;

/**
 * The text with letters in the place of all that is left alone: code in backticks, and addresses on the web or by mail.
 *
 * It is as long as the text, so that positions are the same in both.
 */
function prose(text) {
  return text.replace(PIECE, (piece) => (/^`|:\/\/|.@./.test(piece) ? 'x'.repeat(piece.length) : piece));
}

// What is looked for. A dash stands between letters or between spaces; that of `--option` is none.
const PLACES = new RegExp(
  [
    /(?<=\S)(?<stray> +)(?=[,;:!?.](?:[\s"'”’]|$))/,
    /(?<=\S)(?<wide> {2,})(?=\S)/,
    /(?<!\.)(?<dots>\.{3})(?!\.)/,
    /(?<dash>(?<=[\p{L}\p{N}])--(?=[\p{L}\p{N}])|(?<= )--(?= ))/u,
    /(?<quote>["'“”‘’])/,
  ]
    .map((part) => part.source)
    .join('|'),
  'gu',
);
const LETTER = /^\p{L}/u;
const DIGIT = /^\p{N}/u;
const OPENING = /^[\s([{<‘“"'–—/\uFFFC-]/;

/** The ranges to replace in a text, as {start, end, replacement} in UTF-16 units, from its start to its end. */
export function editsFor(text) {
  const edits = [];
  const view = prose(text);
  const lastClosing = lastMatch(view, /(?<=\S)'(?![\p{L}\p{N}])/gu);
  let double = false; // Whether a double quote is open.
  let single = false; // Whether a single quote is open.
  for (const match of view.matchAll(PLACES)) {
    const { stray, wide, dots, dash, quote } = match.groups;
    const start = match.index;
    const end = start + match[0].length;
    const edit = (replacement) => edits.push({ start, end, replacement });
    if (stray) edit('');
    else if (wide) edit(' ');
    else if (dots) edit('…');
    else if (dash) edit('–');
    else if (quote === '“' || quote === '”') double = quote === '“';
    else if (quote === '‘') single = true;
    else {
      const before = characterBefore(view, start);
      const after = characterAt(view, end);
      const opens = (before === '' || OPENING.test(before)) && after !== '' && !/^\s/.test(after);
      const insideWord = (LETTER.test(before) || DIGIT.test(before)) && LETTER.test(after);
      if (quote === '’') single &&= insideWord;
      else if (quote === '"') {
        // Neither opening nor closing: the sign for inches, or a quote without its other half. Not ours to judge.
        if (!double && !opens) continue;
        edit(double ? '”' : '“');
        double = !double;
      } else if (insideWord) edit('’');
      else if (opens && !single && !DIGIT.test(after) && lastClosing >= end) {
        edit('‘');
        single = true;
      } else if (single || opens || LETTER.test(before)) {
        edit('’'); // The end of a quotation, or the apostrophe of: the '90s, the students' union.
        single = false;
      }
    }
  }
  return edits;
}

/** Where the last match begins; -1 if there is none. */
function lastMatch(text, pattern) {
  let last = -1;
  for (const match of text.matchAll(pattern)) last = match.index;
  return last;
}

/** The code point that ends before an index; '' at the start. */
function characterBefore(text, index) {
  if (index === 0) return '';
  const isPair = index > 1 && /[\uDC00-\uDFFF]/.test(text[index - 1]);
  return text.slice(index - (isPair ? 2 : 1), index);
}

/** The code point at an index; '' at the end. */
function characterAt(text, index) {
  return index < text.length ? String.fromCodePoint(text.codePointAt(index)) : '';
}
