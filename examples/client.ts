// A tour with the generated client: many requests at once, typed.
//
//     mkdir tour && cp examples/client.ts tour && roster types typescript > tour/roster.ts
//     tsc --strict --target es2020 --module commonjs tour/*.ts
//     node tour/client.js file:people.db you@example.com
//
// The store needs the sample people: roster import examples/users.jsonl --store file:people.db

import { PartialUser, Roster, RosterError, User, UsersCountParams } from "./roster";

// Or install the types of Node.
declare const process: {
  argv: string[];
  env: { [name: string]: string | undefined };
  exitCode: number;
};
declare const console: { log(text: string): void; error(error: unknown): void };

function check(isSo: boolean, what: string): void {
  if (!isSo) throw new Error("expected " + what);
}

/** Yields the users of users.list, fetching page after page. */
async function* everyUser(roster: Roster): AsyncGenerator<PartialUser, void, undefined> {
  let cursor: string | null = null;
  do {
    const page: { users: PartialUser[]; next_cursor: string | null } = await roster.users.list(
      { fields: ["organization_id"], limit: 200, cursor });
    yield* page.users;
    cursor = page.next_cursor;
  } while (cursor);
}

// The tour. Each step checks the replies, so that this file is a test as well.

async function dashboard(roster: Roster): Promise<void> {
  console.log("\nThe directory at a glance: nine questions in one go");
  const questions: { [label: string]: UsersCountParams } = {
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
    Object.values(questions).map((filters) => roster.users.count(filters)));
  Object.keys(questions).forEach((label, at) =>
    console.log(`  ${String(counts[at]).padStart(5)}  ${label}`));
  const [all, enabled, disabled] = counts as [number, number, number];
  check(all === enabled + disabled, "disabled and others to make everybody");
}

async function organizations(roster: Roster): Promise<void> {
  console.log("\nThe five largest organizations, counted from all pages");
  const sizes = new Map<string, number>();
  for await (const user of everyUser(roster)) {
    const organization = user.organization_id ?? "(none)";
    sizes.set(organization, (sizes.get(organization) ?? 0) + 1);
  }
  const largest = [...sizes].sort(([, one], [, other]) => other - one).slice(0, 5);
  for (const [organization, size] of largest) {
    console.log(`  ${String(size).padStart(5)}  ${organization}`);
    check(size === (await roster.users.count({ org_id: organization })), "the count to agree");
  }
}

async function onboard(roster: Roster, count: number): Promise<User[]> {
  console.log(`\n${count} newcomers, all on their way before the first reply is back`);
  const newcomers = Array.from({ length: count }, (_, at) => ({
    email: `cadet.${at}@academy.example`,
    name: `Cadet ${at}`,
    org_id: "academy",
    metadata: { class: 2026, seat: at },
  }));
  const start = Date.now();
  const users = await Promise.all(
    newcomers.map((newcomer) => roster.users.create(newcomer)));
  // Requests that arrive together share one write to the disk.
  console.log(`  on the disk in ${Date.now() - start} ms`);
  check(users.every((user, at) => user.email === newcomers[at]?.email), "each its own reply");
  return users;
}

async function mixture(roster: Roster, first: User, second: User): Promise<void> {
  console.log("\nA refusal concerns nobody but the one who asked");
  const outcomes = await Promise.allSettled([
    roster.users.create({ email: first.email, name: "Twin", org_id: "academy" }),
    roster.users.update({ user_id: first.id, job_title: "Navigator" }),
    roster.users.update({ user_id: second.id, expected_version: 7, name: "Late" }),
    roster.users.get({ user_id: "nobody@academy.example" }),
  ]);
  const words = outcomes.map((outcome) => {
    if (outcome.status === "fulfilled") return outcome.value?.job_title ?? "nobody";
    const error: unknown = outcome.reason;
    return error instanceof RosterError ? error.reason ?? error.kind : String(error);
  });
  console.log(`  ${words.join(", ")}`);
  check(words.join() === "email_taken,Navigator,version_mismatch,nobody", "each its own outcome");
}

async function search(roster: Roster): Promise<void> {
  console.log("\nSearching does not mind case or accents");
  const { users, total } = await roster.users.list(
    { query: "SOREN", include_inactive: true, limit: 3, sort_by: "name" });
  for (const user of users) console.log(`  ${user.name} <${user.email}>`);
  console.log(`  … ${total} in all`);
  check(users.some((user) => user.name.includes("Sören")), "Sören to be found");
}

async function leave(roster: Roster, users: User[]): Promise<void> {
  console.log("\nThe newcomers leave");
  const before = await roster.users.count();
  await Promise.all(users.map(({ id }) => roster.users.delete({ user_id: id })));
  const after = await roster.users.count();
  console.log(`  ${before} users before, ${after} after`);
  check(after === before - users.length, "all newcomers to be gone");
}

async function main(): Promise<void> {
  const [store = "file:people.db", owner = "you@example.com"] = process.argv.slice(2);
  const roster = await Roster.start({
    program: process.env["ROSTER"] ?? "roster", args: ["--store", store, "--as", owner],
  });
  await dashboard(roster);
  await organizations(roster);
  const newcomers = await onboard(roster, 500);
  const [first, second] = newcomers as [User, User];
  await mixture(roster, first, second);
  await search(roster);
  await leave(roster, newcomers);
  check((await roster.close()) === 0, "roster to end well");
}

main().catch((error) => {
  console.error(error);
  process.exitCode = 1;
});
