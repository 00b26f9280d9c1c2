// Calls every method with the generated client for TypeScript.
//
// usage: every_method.js PROGRAM STORE OWNER ORGANIZATION

import { Roster, RosterEnded, RosterError, User } from "./roster";

declare const process: { argv: string[]; exit(status: number): void };
declare const console: { error(...values: unknown[]): void };

function check(isSo: boolean, what: string): void {
  if (!isSo) throw new Error("expected " + what);
}

function emailOf(user: User): string | null {
  return user.email;
}

function secret(answer: { one_time?: object } & { [name: string]: any }, name: string): string {
  const value = ((answer.one_time || {}) as { [name: string]: string | undefined })[name];
  if (!value) throw new Error("no " + name);
  return value;
}

async function refusal(call: Promise<unknown>): Promise<RosterError> {
  try {
    await call;
  } catch (error) {
    if (error instanceof RosterError) return error;
    throw error;
  }
  throw new Error("the call was not refused");
}

async function accounts(roster: Roster, organization: string): Promise<User> {
  const wrong = await refusal(roster.users.create({ name: "", email: "no address" }));
  check(wrong.kind === "invalid_params" && wrong.errors.length >= 2, "every invalid value");
  const missing = await refusal(roster.users.update({ user_id: "no@example.org", name: "N" }));
  check(missing.kind === "not_found" && missing.reason === null && missing.hint !== "", "a 404");

  const user = await roster.users.create({ name: "Ida", email: "ida@example.org", org_id: organization });
  const page = await roster.users.list({ org_id: organization, sort_by: "name" });
  check(page.users.map(emailOf).indexOf("ida@example.org") >= 0, "Ida on the page");
  const some = await roster.users.list({ fields: ["email"] });
  check(some.users.every((part) => part.id === undefined), "only emails");
  check((await roster.users.count()) > 1, "several users");
  const same = await roster.users.get({ user_id: user.id });
  check(same !== null && same.email === user.email, "the same account");
  const part = await roster.users.get({ user_id: user.id, fields: ["name"] });
  check(part !== null && part.name === "Ida" && part.email === undefined, "a name");
  const changed = await roster.users.update({ user_id: user.id, metadata: { team: 7 } });
  check(changed.version === user.version + 1, "another version");
  check((await roster.users.delete({ user_id: user.id, mode: "soft" })) === true, "true");
  const restored = await roster.users.restore({ user_id: user.id });
  const bulk = await roster.users.bulk({
    operations: [{ method: "users.update", params: { user_id: user.id, job_title: "Head" } }],
  });
  check(bulk.committed, "a bulk to be committed");
  return restored;
}

async function passwords(roster: Roster, organization: string): Promise<string> {
  const email = "per@example.org";
  await roster.users.create({ name: "Per", email, org_id: organization, invite_mode: "email_link" });
  const invited = await roster.users.invite({ user_id: email });
  const token = secret(invited, "invitation_token");
  await roster.users.acceptInvitation({ token, password: "one quiet walk" });
  await roster.users.changePassword({
    email, current_password: "one quiet walk", new_password: "two quiet walks",
  });
  const reset = await roster.users.resetPassword({ user_id: email });
  await roster.users.completePasswordReset({
    token: secret(reset, "reset_token"), new_password: "three quiet walks",
  });
  const session = await roster.users.authenticate({ email, password: "three quiet walks" });
  return secret(session, "session_token");
}

async function tokens(roster: Roster): Promise<void> {
  const me = await roster.users.getCurrent();
  check(me.capabilities["users.read"] === "all", "an owner");
  const made = await roster.users.createToken({ name: "reads", scopes: ["users.read"] });
  const kept = await roster.users.listTokens();
  check(kept.some((token) => token.id === made.id), "the new token");
  check(await roster.users.revokeToken({ token_id: made.id }), "true");
}

async function events(roster: Roster, user: User): Promise<void> {
  const page = await roster.users.events({ limit: 3 });
  check(page.events.length === 3 && page.has_more, "three events");
  const feed = roster.events({ after: page.next, types: ["user_updated"] });
  await roster.users.update({ user_id: user.id, name: "Ida L." });
  let count = 0;
  for await (const event of feed) {
    count += 1;
    if (event.changes["name"]) break;
  }
  check(count > 0, "an event");
  check((await roster.users.subscribe()).after > page.next, "a later number");
  check(await roster.users.unsubscribe(), "true");
}

/** Requests that can't be written, or that the server can't read. */
async function refusedHere(roster: Roster): Promise<void> {
  const circle: { [name: string]: unknown } = {};
  circle["a"] = circle;
  let nested: object = {};
  for (let depth = 0; depth < 200; depth++) nested = { nested };
  const account = { name: "N", email: "n@example.org", org_id: "a" };
  for (const metadata of [circle, nested, { a: new Array(5_000_000).join("x") }]) {
    const outcome = await roster.users.create({ ...account, metadata }).catch((error) => error);
    check(outcome instanceof Error, "a refusal");
  }
}

async function main(): Promise<void> {
  const [program, store, owner, organization] = process.argv.slice(2) as [
    string, string, string, string,
  ];
  const options = { program, args: ["--store", store, "--as", owner] };
  const roster = await Roster.start(options);
  check((await roster.server.info()).name === "roster", "its name");
  check((await roster.rpc.discover())["openrpc"] === "1.3.2", "a document");
  const user = await accounts(roster, organization);
  const session = await passwords(roster, organization);
  await tokens(roster);
  await events(roster, user);
  const last = roster.events();
  await roster.users.count();
  await refusedHere(roster);
  check((await roster.close()) === 0, "the status 0");
  check((await roster.users.count().catch((e) => e)) instanceof RosterEnded, "a closed client");
  check((await last.next()).done === true, "the events to end");
  const person = await Roster.start({
    program, args: ["--store", store], env: { ROSTER_TOKEN: session },
  });
  check(await person.users.signOut(), "true");
  await person.close();
  for (const options of [
    { program, args: ["--store", store, "--as", "no@example.org"] },
    { program: "/no/such/program" },
  ]) {
    try {
      await Roster.start(options);
    } catch (error) {
      check(error instanceof RosterEnded, "a client that says that it has ended");
      continue;
    }
    throw new Error("it started");
  }
}

main().catch((error) => {
  console.error(error);
  process.exit(1);
});
