#!/usr/bin/env node
// A client of Roster with Node's own modules, and a tour that shows many requests at once.
//
//     ROSTER=.build/release/roster node examples/client.mjs
//
// It makes a store with the sample people, and removes it afterwards. Your own program needs only
// the class Roster.

import assert from "node:assert/strict";
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const BINARY = process.env.ROSTER ?? "roster";
const SAMPLE = fileURLToPath(new URL("users.jsonl", import.meta.url));
const OWNER = "you@example.com";

/** An error reply: kind and reason are for programs, the message and the hint for people. */
export class RosterError extends Error {
  constructor({ code, message, data = {} }) {
    super(message);
    this.name = "RosterError";
    Object.assign(this, { code, ...data });
  }
}

/** One `roster serve` process. Requests need not wait for each other; replies are matched by id. */
export class Roster {
  #server;
  #ended;
  #over;
  #waiting = new Map();
  #lastID = 0;
  #rest = "";

  constructor(store, caller, ...flags) {
    const args = ["serve", "--store", store, "--as", caller, ...flags];
    this.#server = spawn(BINARY, args, { stdio: ["pipe", "pipe", "inherit"] });
    this.#server.stdout.setEncoding("utf8").on("data", (text) => this.#read(text));
    // Writing to a server that has ended fails, but #abandon reports the reason.
    this.#server.stdin.on("error", () => {});
    this.#ended = once(this.#server, "close").then(
      ([status]) => this.#abandon(new Error(`roster ended with status ${status}`), status),
      (error) => this.#abandon(error));
  }

  /** Resolves to the result of one call; rejects with a RosterError if it is refused. */
  request(method, params = {}) {
    if (this.#over) return Promise.reject(this.#over);
    const id = ++this.#lastID;
    this.#server.stdin.write(JSON.stringify({ jsonrpc: "2.0", id, method, params }) + "\n");
    return new Promise((resolve, reject) => this.#waiting.set(id, { resolve, reject }));
  }

  /** Yields the users of users.list, fetching page after page. */
  async *users(params = {}) {
    let cursor;
    do {
      const page = await this.request("users.list", { ...params, cursor });
      yield* page.users;
      cursor = page.next_cursor;
    } while (cursor);
  }

  /** Lets the server finish the requests it was sent. Resolves to its exit status. */
  close() {
    this.#server.stdin.end();
    return this.#ended;
  }

  // Splits only at LF. (node:readline also splits at U+2028, which JSON allows; Roster escapes it.)
  #read(text) {
    const lines = (this.#rest + text).split("\n");
    this.#rest = lines.pop();
    for (const line of lines) this.#settle(JSON.parse(line));
  }

  #settle({ id, result, error }) {
    const { resolve, reject } = this.#waiting.get(id);
    this.#waiting.delete(id);
    error ? reject(new RosterError(error)) : resolve(result);
  }

  #abandon(error, status) {
    this.#over = error;
    for (const { reject } of this.#waiting.values()) reject(error);
    this.#waiting.clear();
    return status;
  }
}

// The tour. Each step asserts the replies, so that this file is a test as well.

async function dashboard(roster) {
  console.log("\nThe directory at a glance: nine questions in one go");
  const questions = {
    everybody: { include_inactive: true },
    "able to sign in": {},
    "disabled or blocked": { status: ["disabled"] },
    blocked: { is_blocked: true },
    "owners and admins": { is_superuser: true },
    annotators: { role: "annotator" },
    "service accounts": { is_service_account: true },
    "signing in with Google": { oauth_provider: "google" },
    "seen since July 2026": { last_login_after: "2026-07-01T00:00:00Z" },
  };
  const counts = await Promise.all(
    Object.values(questions).map((filters) => roster.request("users.count", filters)));
  Object.keys(questions).forEach((label, at) =>
    console.log(`  ${String(counts[at]).padStart(5)}  ${label}`));
  assert.equal(counts[0], counts[1] + counts[2], "disabled and others make everybody");
}

async function organizations(roster) {
  console.log("\nThe five largest organizations, counted from all pages");
  const sizes = new Map();
  for await (const user of roster.users({ fields: ["organization_id"], limit: 200 })) {
    const organization = user.organization_id ?? "(none)";
    sizes.set(organization, (sizes.get(organization) ?? 0) + 1);
  }
  const largest = [...sizes].sort(([, one], [, other]) => other - one).slice(0, 5);
  for (const [organization, size] of largest) {
    console.log(`  ${String(size).padStart(5)}  ${organization}`);
    assert.equal(size, await roster.request("users.count", { org_id: organization }));
  }
}

async function onboard(roster, count) {
  console.log(`\n${count} newcomers, all on their way before the first reply is back`);
  const newcomers = Array.from({ length: count }, (_, at) => ({
    email: `cadet.${at}@academy.example`,
    name: `Cadet ${at}`,
    org_id: "academy",
    metadata: { class: 2026, seat: at },
  }));
  const start = performance.now();
  const users = await Promise.all(
    newcomers.map((newcomer) => roster.request("users.create", newcomer)));
  // Requests that arrive together share one write to the disk.
  console.log(`  on the disk in ${Math.round(performance.now() - start)} ms`);
  users.forEach((user, at) => assert.equal(user.email, newcomers[at].email));
  return users;
}

async function mixture(roster, [first, second]) {
  console.log("\nA refusal concerns nobody but the one who asked");
  const outcomes = await Promise.allSettled([
    roster.request("users.create", { email: first.email, name: "Twin", org_id: "academy" }),
    roster.request("users.update", { user_id: first.id, job_title: "Navigator" }),
    roster.request("users.update", { user_id: second.id, expected_version: 7, name: "Late" }),
    roster.request("users.teleport", { user_id: second.id }),
    roster.request("users.get", { user_id: "nobody@academy.example" }),
  ]);
  const words = outcomes.map(({ value, reason: error }) =>
    error ? error.reason ?? error.kind : value?.job_title ?? value);
  console.log(`  ${words.map(String).join(", ")}`);
  assert.deepEqual(
    words, ["email_taken", "Navigator", "version_mismatch", "method_not_found", null]);
}

async function search(roster) {
  console.log("\nSearching does not mind case or accents");
  const { users, total } = await roster.request(
    "users.list", { query: "SOREN", include_inactive: true, limit: 3, sort_by: "name" });
  for (const user of users) console.log(`  ${user.name} <${user.email}>`);
  console.log(`  … ${total} in all`);
  assert.ok(users.some((user) => user.name.includes("Sören")), "Sören to be found");
}

async function leave(roster, users) {
  console.log("\nThe newcomers leave");
  const before = await roster.request("users.count");
  await Promise.all(users.map(({ id }) => roster.request("users.delete", { user_id: id })));
  const after = await roster.request("users.count");
  console.log(`  ${before} users before, ${after} after`);
  assert.equal(after, before - users.length);
}

async function tour(store) {
  const roster = new Roster(store, OWNER);
  await dashboard(roster);
  await organizations(roster);
  const newcomers = await onboard(roster, 500);
  await mixture(roster, newcomers);
  await search(roster);
  await leave(roster, newcomers);
  assert.equal(await roster.close(), 0, "roster to end well");
}

async function main() {
  const folder = mkdtempSync(join(tmpdir(), "roster-"));
  try {
    const store = `file:${join(folder, "users.db")}`;
    execFileSync(BINARY, ["init", "--store", store, "--owner", OWNER]);
    execFileSync(BINARY, ["import", "--store", store, SAMPLE]);
    await tour(store);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await main();
