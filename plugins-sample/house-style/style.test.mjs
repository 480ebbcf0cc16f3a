// What the plugin does, without network: node --test, in this folder.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { commandsFor, MANIFEST, respond, suggestedTitle } from './style.mjs';

const BLOCK = `blk_${'0'.repeat(26)}`;

function block(text, members = {}) {
  return { id: BLOCK, type: 'paragraph', text, children: [], annotations: [], ...members };
}

function request(type, document, members = {}) {
  return { protocol: '1.0', actor: { type: 'user', id: 'usr_a' }, events: [{ type, data: {} }], document, ...members };
}

function changed(...blocks) {
  const events = blocks.map(({ id }) => ({ type: 'block.changed', data: { block: id } }));
  return [{ type: 'document.changed', data: { fromRevision: 1, revision: 2 } }, ...events];
}

/** A small stand-in for the host: carries out replacements on code points, and checks what they expect. */
function apply(text, commands) {
  const points = Array.from(text);
  for (const command of commands) {
    assert.equal(command.op, 'text.replace');
    assert.equal(points.slice(command.start, command.end).join(''), command.expect.text);
    points.splice(command.start, command.end - command.start, ...command.text);
  }
  return points.join('');
}

const styled = (text) => apply(text, commandsFor(block(text)));

test('typography', async (t) => {
  const cases = {
    '"Hello", she said.': '“Hello”, she said.',
    "It's Anna's, isn't it?": 'It’s Anna’s, isn’t it?',
    "He said 'no'.": 'He said ‘no’.',
    '"\'Yes\'", he said.': '“‘Yes’”, he said.',
    '("quoted")': '(“quoted”)',
    '“Half"': '“Half”',
    "the '90s and the students' union": 'the ’90s and the students’ union',
    'Monday -- Friday': 'Monday – Friday',
    'pages 3--5': 'pages 3–5',
    'Wait...': 'Wait…',
    'two  spaces   here': 'two spaces here',
    'Really ? Yes , really !': 'Really? Yes, really!',
    'a . . . b': 'a… b',
    '👋🏽  "Grüße"': '👋🏽 “Grüße”',
  };
  for (const [given, wanted] of Object.entries(cases)) await t.test(given, () => assert.equal(styled(given), wanted));
});

test('what is left alone', async (t) => {
  const cases = [
    '',
    'All is well – “really”.',
    'run `a  "b" -- c...` now',
    'see https://example.com/a--b?c=...',
    "write to o'hara--x@example.com",
    'use --option',
    '6\' 2" tall',
    'a :) b',
    'four.... dots',
    '  indented',
    'trailing  ',
  ];
  for (const text of cases) await t.test(text, () => assert.deepEqual(commandsFor(block(text)), []));
});

test('commands go from the end to the start, count code points and say what they expect', () => {
  assert.deepEqual(commandsFor(block('👋 "a"')), [
    { op: 'text.replace', target: { block: BLOCK }, start: 4, end: 5, text: '”', expect: { text: '"' } },
    { op: 'text.replace', target: { block: BLOCK }, start: 2, end: 3, text: '“', expect: { text: '"' } },
  ]);
});

test('code blocks are left alone', () => {
  assert.deepEqual(commandsFor(block('print("a")', { type: 'code' })), []);
});

test('its own result is left alone, whatever the text', () => {
  const letters = Array.from('"\' .-ab1“”‘’(,`👋?@:/\u{FFFC}\n');
  let seed = 1;
  const random = (below) => {
    seed = (seed * 1103515245 + 12345) % 2147483648;
    return Math.floor((seed / 2147483648) * below);
  };
  for (let round = 0; round < 20000; round += 1) {
    const text = Array.from({ length: random(16) }, () => letters[random(letters.length)]).join('');
    const once = styled(text);
    assert.equal(styled(once), once, JSON.stringify(text));
  }
});

test('long texts take no long time', { timeout: 10_000 }, () => {
  for (const piece of ['"', "'a ", 'a.', ' ', '`', 'a@', 'a--', '. ']) commandsFor(block(piece.repeat(80_000)));
});

test('only the changed blocks are looked at', () => {
  const other = block('"old"', { id: `blk_${'1'.repeat(26)}` });
  const answer = respond(request('', { title: 'T', blocks: [other, block('"new"')] }, { events: changed(block('')) }));
  assert.deepEqual(new Set(answer.commands.map((command) => command.target.block)), new Set([BLOCK]));
});

test('what is inside an inserted block is looked at', () => {
  const outer = block('fine', { id: `blk_${'1'.repeat(26)}`, children: [block('"new"')] });
  const events = [{ type: 'block.created', data: { block: outer.id } }];
  assert.equal(respond(request('', { title: 'T', blocks: [outer] }, { events })).commands.length, 2);
});

test('all of a new document is looked at', () => {
  const document = { title: 'T', blocks: [block('"a"', { children: [block('b  c')] })] };
  assert.equal(respond(request('document.created', document)).commands.length, 3);
});

test('nothing to say', () => {
  assert.equal(respond(request('document.created', { title: 'T', blocks: [block('Fine.')] })), null);
  assert.equal(respond(request('document.changed', null)), null);
  assert.equal(respond(request('document.dreamed', { title: '', blocks: [] })), null);
});

test('a document without title is denied, with a suggestion', () => {
  for (const title of ['', '  ', undefined]) {
    const document = { title, blocks: [block('First words.'), block('The heading', { type: 'heading' })] };
    assert.deepEqual(respond(request('document.created', document)), {
      protocol: '1.0',
      verdict: {
        allow: false,
        reasons: [
          {
            pointer: '/title',
            message: 'The document has no title. Give it one.',
            suggest: [{ op: 'document.setTitle', title: 'The heading' }],
          },
        ],
      },
    });
  }
});

test('a document without title and text is denied without suggestion', () => {
  const [reason] = respond(request('document.created', { title: '', blocks: [] })).verdict.reasons;
  assert.equal('suggest' in reason, false);
});

test('other plugins are not held up for a title', () => {
  const actor = { type: 'plugin', id: 'plg_a' };
  assert.equal(respond(request('document.changed', { title: '', blocks: [] }, { actor })), null);
});

test('suggested titles', () => {
  const title = (...blocks) => suggestedTitle({ blocks });
  assert.equal(title(), '');
  assert.equal(title(block('\uFFFC'), block('code', { type: 'code' })), '');
  assert.equal(title(block('  First\nwords ')), 'First words');
  assert.equal(title(block('"First"  words...')), '“First” words…');
  assert.equal(title(block(`a${' '.repeat(998)}👋`)), 'a');
  assert.equal(title(block('', { children: [block('Inside')] })), 'Inside');
  assert.equal(title(block('word '.repeat(20))), `${'word '.repeat(11)}word…`);
  assert.equal(title(block('👋'.repeat(80))), `${'👋'.repeat(60)}…`);
});

test('no more commands than the host takes', () => {
  const answer = respond(request('document.created', { title: 'T', blocks: [block('a "b" '.repeat(200))] }));
  assert.equal(answer.commands.length, 256);
  assert.match(answer.warnings[0], /400/);
});

test('the ping', () => {
  const events = [{ type: 'plugin.ping', data: { challenge: '7f3c' } }];
  assert.deepEqual(respond(request('', null, { events })), { protocol: '1.0', challenge: '7f3c', manifest: MANIFEST });
});
