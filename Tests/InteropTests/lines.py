"""jsonrpcclient makes the request lines and parses the replies."""

import json
import subprocess

import jsonrpcclient
from jsonrpcclient import Error, Ok

from rig import TEST_SECONDS_MAX, check, test

ENVIRONMENTS = ("wire",)
UNKNOWN = "nobody@acme.example"


@test
def what_it_builds_is_answered_and_what_is_answered_it_parses(rig):
    with Session(rig) as session:
        made = session.ask(jsonrpcclient.request_json(
            "users.create",
            params={"email": "zoe@acme.example", "name": "Zoë", "org_id": "acme"}))
        check(isinstance(made, Ok) and made.result["name"] == "Zoë", f"create: {made}")
        got = session.ask(jsonrpcclient.request_json(
            "users.get", params=(made.result["id"], ["name", "version"])))
        check(got.result == {"name": "Zoë", "version": 1}, f"get by position: {got}")
        page = session.ask(jsonrpcclient.request_json("users.list", params={"limit": 1000}))
        found = [user["email"] for user in page.result["users"]]
        check("zoe@acme.example" in found, f"list: {found}")
        check(page.result["has_more"] is False, f"list: {page}")
        gone = session.ask(jsonrpcclient.request_json("users.get", params=[UNKNOWN]))
        check(gone == Ok(None, gone.id), f"a null result was not parsed: {gone}")


@test
def ids_of_each_of_its_kinds_come_back(rig):
    with Session(rig) as session:
        for build in (
            jsonrpcclient.request_json, jsonrpcclient.request_json_hex,
            jsonrpcclient.request_json_random, jsonrpcclient.request_json_uuid,
        ):
            line = build("users.count")
            answer = session.ask(line)
            check(answer == Ok(1, json.loads(line)["id"]), f"{line} got {answer}")


@test
def refusals_are_errors_with_their_code_and_data(rig):
    with Session(rig) as session:
        for method, params, code, kind in (
            ("users.delete", [UNKNOWN], 404, "not_found"),
            ("users.get", [], -32602, "invalid_params"),
            ("users.fly", [], -32601, "method_not_found"),
            ("users.delete", ["owner@example.org"], 412, "failed_precondition"),
        ):
            answer = session.ask(jsonrpcclient.request_json(method, params=params))
            check(isinstance(answer, Error), f"{method}: {answer}")
            check((answer.code, answer.data["kind"]) == (code, kind), f"{method}: {answer}")
            check(answer.message and answer.data["hint"], f"{method} has no hint: {answer}")


@test
def a_batch_of_its_requests_is_answered_in_one_line_without_the_notification(rig):
    with Session(rig) as session:
        create = jsonrpcclient.notification(
            "users.create", params={"email": "a@acme.example", "name": "A", "org_id": "acme"})
        count = jsonrpcclient.request("users.count")
        fly = jsonrpcclient.request("users.fly")
        answers = session.ask(json.dumps([create, count, fly]))
        counted, refused = answers
        check(counted == Ok(2, count["id"]), f"after the notification: {counted}")
        check(isinstance(refused, Error) and refused.id == fly["id"], f"refused: {refused}")


@test
def a_notification_is_done_and_not_answered(rig):
    with Session(rig) as session:
        session.write(jsonrpcclient.notification_json(
            "users.create", params={"email": "a@acme.example", "name": "A", "org_id": "acme"}))
        answer = session.ask(jsonrpcclient.request_json("users.get", params=["a@acme.example"]))
        check(answer.result["name"] == "A", f"the next reply is {answer}")


class Session:
    """A server to which a test sends one line at a time. It must end with status 0."""

    def __init__(self, rig):
        self.process = subprocess.Popen(
            rig.serve(), stdin=subprocess.PIPE, stdout=subprocess.PIPE, encoding="utf-8")

    def __enter__(self):
        return self

    def __exit__(self, failure, *_):
        rest, _ = self.process.communicate(timeout=TEST_SECONDS_MAX)
        if failure is None:
            check(rest == "", f"unexpected output {rest[:200]!r}")
            check(self.process.returncode == 0, f"ended with {self.process.returncode}")

    def write(self, line):
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()

    def ask(self, line):
        self.write(line)
        answer = jsonrpcclient.parse_json(self.process.stdout.readline())
        return answer if isinstance(answer, (Ok, Error)) else list(answer)
