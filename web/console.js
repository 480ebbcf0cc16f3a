// The console: asks the API for what it shows and writes it into tables. Everything is put in as text.
"use strict";

const tokenKey = "pluginhost-token";
const rowsShown = 50;
const find = (id) => document.getElementById(id);

class Refused extends Error {}

async function ask(path) {
  const response = await fetch(path, {
    headers: { authorization: `Bearer ${sessionStorage.getItem(tokenKey)}` },
    cache: "no-store",
  });
  const body = await response.json();
  if (response.status === 401) throw new Refused(body.detail);
  if (!response.ok) throw new Error(`${body.title}: ${body.detail}`);
  return body;
}

function element(name, text, className) {
  const made = document.createElement(name);
  if (text !== undefined) made.textContent = text;
  if (className) made.className = className;
  return made;
}

// Cells: a function from an item to what a cell holds, text or nodes.

function lines(main, minor, minorClass = "", mainClass = "") {
  const cell = element("span");
  cell.append(element("span", main, mainClass));
  if (minor) cell.append(element("span", minor, `minor ${minorClass}`));
  return cell;
}

// "document.created, block.created ×24": a change of many blocks must not fill the page.
function counted(words) {
  const counts = new Map();
  for (const word of words) counts.set(word, (counts.get(word) ?? 0) + 1);
  return [...counts].map(([word, count]) => (count > 1 ? `${word} ×${count}` : word)).join(", ");
}

// A denial is an answer like others: the plugin did nothing wrong, the change was.
function denial(exchange) {
  return exchange.verdict === "deny" ? "denied the change" : "–";
}

const badgeClass = {
  enabled: "good", applied: "good", broken: "bad", refused: "bad", failed: "bad", late: "bad", interrupted: "bad",
};
const badge = (word) => element("span", word, `badge ${badgeClass[word] ?? ""}`);
const time = (text) => {
  const made = element("time", text.slice(0, 19).replace("T", " "));
  made.dateTime = text;
  made.title = `${text} (UTC)`;
  return made;
};
const milliseconds = (microseconds) => `${(microseconds / 1000).toFixed(1)} ms`;

function brief(value) {
  if (value === undefined || value === null) return "–";
  const text = typeof value === "string" ? value : JSON.stringify(value);
  return text.length > 120 ? `${text.slice(0, 120)}…` : text;
}

let pluginNames = new Map();
const pluginName = (id) => (id ? (pluginNames.get(id) ?? id) : "–");

let titles = new Map();
function documentOf(id, revision) {
  const known = titles.get(id);
  const cell = lines(known ?? id ?? "–", revision ? `revision ${revision}` : "", "", known ? "" : "identifier");
  if (id) cell.title = id;
  return cell;
}

const tables = {
  plugins: {
    path: "/v1/plugins",
    empty: "No plugin is registered.",
    columns: [
      ["Name", (it) => lines(it.name, it.url)],
      ["State", (it) => badge(it.state)],
      ["Version", (it) => it.manifest?.version ?? "–"],
      ["Signatures", (it) => {
        if (it.handshake === "skip") return "unverified";
        return it.verifiesSignatures === null ? "not tried" : it.verifiesSignatures ? "verified" : "not verified by it";
      }],
      ["Scopes", (it) => it.scopes.join(", ") || "none"],
    ],
  },
  documents: {
    path: `/v1/documents?limit=${rowsShown}`,
    empty: "There is no document.",
    columns: [
      ["Title", (it) => lines(it.title || "(no title)", it.id, "identifier")],
      ["Type", (it) => it.type],
      ["Revision", (it) => String(it.revision), "number"],
      ["Tags", (it) => it.tags.join(", ") || "–"],
      ["Changed by", (it) => it.updatedBy.name ?? it.updatedBy.id],
      ["Changed (UTC)", (it) => time(it.updatedAt), "time"],
    ],
  },
  exchanges: {
    path: `/v1/exchanges?limit=${rowsShown}`,
    empty: "No plugin was asked yet.",
    columns: [
      ["Time (UTC)", (it) => time(it.time), "time"],
      ["Plugin", (it) => lines(it.pluginName, it.id, "identifier")],
      ["Events", (it) => lines(counted(it.events.map((event) => event.type)), it.phase ?? "test")],
      ["Outcome", (it) => badge(it.outcome ?? "under way")],
      ["Why", (it) => (it.refusal ? lines(it.refusal.message, it.refusal.kind) : denial(it)), "value"],
      ["Took", (it) => milliseconds(it.timings.total), "number"],
      ["Document", (it) => documentOf(it.document, it.revision), "value"],
    ],
  },
  audit: {
    path: `/v1/audit?limit=${rowsShown}`,
    empty: "Nothing was done yet.",
    columns: [
      ["Number", (it) => String(it.seq), "number"],
      ["Time (UTC)", (it) => time(it.time), "time"],
      ["Act", (it) => lines(it.op ?? it.kind, it.pointer)],
      ["Who", (it) => lines(it.actor?.name ?? it.actor?.id ?? "–", it.actor?.type)],
      ["Before", (it) => brief(it.before), "value"],
      ["After", (it) => brief(it.after ?? it.detail), "value"],
      ["Plugin", (it) => pluginName(it.plugin)],
      ["Document", (it) => documentOf(it.document, it.revision), "value"],
    ],
  },
};

function fill(place, { columns, empty }, { items, nextCursor }) {
  if (items.length === 0) {
    place.replaceChildren(element("p", empty, "empty"));
    return;
  }
  const head = element("tr");
  for (const [label, , className] of columns) {
    const cell = element("th", label, className);
    cell.scope = "col";
    head.append(cell);
  }
  const body = element("tbody");
  for (const item of items) {
    const row = element("tr");
    for (const [label, content, className] of columns) {
      const cell = element("td", undefined, className);
      cell.dataset.label = label;
      cell.append(content(item));
      row.append(cell);
    }
    body.append(row);
  }
  const table = element("table");
  const top = element("thead");
  top.append(head);
  table.append(top, body);
  const parts = [table];
  if (nextCursor) parts.push(element("p", `The newest ${items.length}; older ones are in the API.`, "more"));
  place.replaceChildren(...parts);
}

function show(signedIn) {
  for (const id of ["sections", "session", "tables"]) find(id).hidden = !signedIn;
  find("entrance").hidden = signedIn;
  if (!signedIn) find("token").focus();
}

function complain(id, text) {
  find(id).textContent = text;
  find(id).hidden = !text;
}

async function load() {
  find("refresh").disabled = true;
  try {
    const names = Object.keys(tables);
    const answers = await Promise.all(names.map((name) => ask(tables[name].path)));
    pluginNames = new Map(answers[0].items.map((plugin) => [plugin.id, plugin.name]));
    titles = new Map(answers[1].items.map((document) => [document.id, document.title || "(no title)"]));
    names.forEach((name, index) => fill(find(name).querySelector(".table"), tables[name], answers[index]));
    find("updated").textContent = `as of ${new Date().toLocaleTimeString()}`;
    complain("trouble", "");
    complain("refused", "");
    show(true);
  } catch (error) {
    if (error instanceof Refused) {
      sessionStorage.removeItem(tokenKey);
      complain("refused", error.message);
      show(false);
    } else {
      complain("trouble", error.message);
    }
  } finally {
    find("refresh").disabled = false;
  }
}

find("entrance").addEventListener("submit", (event) => {
  event.preventDefault();
  sessionStorage.setItem(tokenKey, find("token").value.trim());
  find("token").value = "";
  load();
});
find("refresh").addEventListener("click", load);
find("leave").addEventListener("click", () => {
  sessionStorage.removeItem(tokenKey);
  for (const place of document.querySelectorAll(".table")) place.replaceChildren();
  complain("trouble", "");
  show(false);
});

if (sessionStorage.getItem(tokenKey)) load();
else show(false);
