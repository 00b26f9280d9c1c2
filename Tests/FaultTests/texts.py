"""Texts of a store that no checksum covers and that become parts of replies: if they are damaged, the
reply says so, and is a line of JSON as ever."""

import damage
from rig import check, problem, remove_store, test

CREATE = {"email": "keyed@example.org", "name": "K", "org_id": "acme", "idempotency_key": "k"}


@test
def damaged_texts_are_told_and_do_not_reach_a_reply(rig):
    for table, column, method, params in (
            ("events", "changes", "users.events", {"after": damage.PEOPLE}),
            ("answers", "text", "users.create", CREATE)):
        for text in ("{broken", "zzz", "", '{"a":1}}'):
            store = damage.full_store(rig)
            server = rig.serve(store)
            server.result("users.create", **CREATE)
            server.result("users.update", user_id="keyed@example.org", name="Kay")
            check(method != "users.events" or "events" in server.result(method, **params), "no feed")
            check(server.close() == 0, server.complaint())
            damage.database(
                store, f"UPDATE {table} SET {column} = '{text}' WHERE typeof({column}) = 'text'")
            server = rig.serve(store)
            # The rig fails for a reply that is not JSON.
            reply = server.call(method, **params)
            check(
                problem(reply) == ("storage_unavailable", "corrupt"),
                f"{table} with {text!r}: {str(reply)[-500:]}")
            check("result" in server.call("users.get", user_id="keyed@example.org"), "it stopped")
            check(server.close() == 0, server.complaint())
            remove_store(store)
