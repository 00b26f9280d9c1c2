"""The OpenRPC document and the schemas, checked by jsonschema and by the openrpc package."""

import json
import os

import jsonschema
import openrpc

from rig import OWNER, ROOT, check, requests, test

ENVIRONMENTS = ("wire",)
Draft7 = jsonschema.Draft7Validator
FORMATS = Draft7.FORMAT_CHECKER
DRAFT = "http://json-schema.org/draft-07/schema#"


@test
def the_openrpc_package_loads_the_document_and_loses_nothing_but_extensions(rig):
    for name, document in documents(rig):
        # The newest version that other tools support.
        check(document["openrpc"] == "1.3.2", f"{name} is of version {document['openrpc']}")
        model = openrpc.OpenRPC.model_validate(document)
        kept = json.loads(model.model_dump_json(by_alias=True, exclude_unset=True))
        lost = [at for at in lost_members(document, kept) if "/x-" not in at]
        check(not lost, f"{name}: the package does not know {lost[:5]}")
    return f"{len(model.methods)} methods"


@test
def every_schema_of_the_document_is_valid_and_each_reference_in_it_leads_somewhere(rig):
    count = 0
    for name, document in documents(rig):
        for at, schema in schemas(document):
            Draft7.check_schema(schema)
            check_references(schema, document, f"{name} {at}")
            count += 1
    return f"{count} schemas"


@test
def every_file_of_schema_is_a_valid_schema_or_the_document(rig):
    files = sorted(os.listdir(os.path.join(ROOT, "schema")))
    for file in files:
        content = schema_file(file)
        if file == "openrpc.json":
            printed = json.loads(rig.run("openrpc"))
            check(
                content == printed, "schema/openrpc.json differs from the output of roster openrpc")
            continue
        check(content["$schema"] == DRAFT, f"{file} is of {content['$schema']}")
        Draft7.check_schema(content)
        check_references(content, content, file)
    Draft7(schema_file("policy.json")).validate(
        json.loads(open(os.path.join(ROOT, "examples", "policy.json")).read()))
    return f"{len(files)} files"


@test
def calls_and_replies_are_what_the_schemas_say(rig):
    validators = {}
    replies = rig.run("serve", "--store", rig.store(sample=True), "--as", OWNER,
                        input=requests(*CALLS)).split("\n")[:-1]
    check(len(replies) == len(CALLS), f"{len(replies)} replies to {len(CALLS)} calls")
    for (method, params), reply in zip(CALLS, map(json.loads, replies)):
        if method not in validators:
            validators[method] = Draft7(schema_file(method + ".json"), format_checker=FORMATS)
        part = "result" if "result" in reply else "error"
        message = {"params": params, part: reply[part]}
        problems = [f"{p.json_path}: {p.message[:300]}"
                    for p in validators[method].iter_errors(message)]
        check(part == "result", f"{method} was refused: {reply}")
        check(not problems, f"{method}: {problems[:3]}")
        check(not validators[method].is_valid({"params": {"no_such": 1}, "result": 1.5}),
              f"the schema of {method} accepts anything")
    return f"{len(validators)} methods"


@test
def the_examples_of_the_document_are_what_its_own_schemas_say(rig):
    count = 0
    for _, document in documents(rig):
        for method in document["methods"]:
            check(method.get("examples"), f"{method['name']} has no example")
            described = {param["name"]: param["schema"] for param in method["params"]}
            for example in method.get("examples", []):
                at = f"{method['name']}, {example['name']}"
                for param in example["params"]:
                    check(param["name"] in described, f"{at}: no param {param['name']}")
                    check_value(param["value"], described[param["name"]], document, at)
                if "result" in example:
                    check_value(
                        example["result"]["value"], method["result"]["schema"], document, at)
                count += 1
    return f"{count} examples"


@test
def the_errors_of_a_method_differ_by_code_and_stay_out_of_what_is_reserved(rig):
    count = 0
    for _, document in documents(rig):
        for method in document["methods"]:
            codes = [error["code"] for error in method.get("errors", [])]
            check(len(codes) == len(set(codes)), f"{method['name']}: duplicate codes: {codes}")
            # The protocol's own codes are the only ones in the reserved range.
            strange = [code for code in codes
                       if -32768 <= code <= -32000 and code not in (-32602, -32603)]
            check(not strange, f"{method['name']}: {strange} are reserved")
            count += len(codes)
    return f"{count} errors"


# Successful calls of every kind. They refer to accounts of the sample.
CALLS = [
    ("server.info", {}),
    ("users.get_current", {}),
    ("users.list", {"limit": 1000}),
    ("users.list", {"query": "muller", "fields": ["name", "metadata"], "include_total": True}),
    ("users.list", {"status": ["disabled"], "offset": 5, "limit": 5}),
    ("users.count", {"org_id": "acme"}),
    ("users.get", {"user_id": "nobody@acme.example"}),
    ("users.create", {"email": "zoe@acme.example", "name": "Zoë", "org_id": "acme",
                      "metadata": {"desk": {"floor": 2}}, "invite_mode": "email_link"}),
    ("users.get", {"user_id": "zoe@acme.example"}),
    ("users.invite", {"user_id": "zoe@acme.example"}),
    ("users.update", {"user_id": "zoe@acme.example", "job_title": "Engineer",
                      "expected_version": 1, "dry_run": True}),
    ("users.bulk", {"operations": [
        {"method": "users.update",
         "params": {"user_id": "zoe@acme.example", "company": "Acme"}},
        {"method": "users.delete", "params": {"user_id": "nobody@acme.example"}}]}),
    ("users.create_token", {"name": "nightly", "scopes": ["users.read"]}),
    ("users.list_tokens", {}),
    ("users.delete", {"user_id": "zoe@acme.example", "mode": "soft"}),
    ("users.restore", {"user_id": "zoe@acme.example"}),
    ("users.events", {"limit": 3}),
    ("users.subscribe", {"after": 1}),
    ("users.unsubscribe", {}),
    ("rpc.discover", {}),
]


def documents(rig):
    yield "roster openrpc", json.loads(rig.run("openrpc"))
    answer = rig.run(*rig.serve()[1:], input=requests(("rpc.discover", {})))
    yield "rpc.discover", json.loads(answer)["result"]


def schema_file(name):
    with open(os.path.join(ROOT, "schema", name), encoding="utf-8") as file:
        return json.load(file)


def schemas(document):
    for method in document["methods"]:
        for described in [*method["params"], method["result"]]:
            yield f"{method['name']}: {described['name']}", described["schema"]
    yield from document["components"]["schemas"].items()


def check_references(schema, root, at):
    if isinstance(schema, dict):
        target = schema.get("$ref")
        if isinstance(target, str):
            check(target.startswith("#/"), f"{at} refers to {target}")
            found = root
            for step in target[2:].split("/"):
                check(step in found, f"{at} refers to {target}, which is not there")
                found = found[step]
        schema = list(schema.values())
    if isinstance(schema, list):
        for part in schema:
            check_references(part, root, at)


def check_value(value, schema, document, at):
    whole = {**schema, "components": document["components"]}
    problems = [f"{p.json_path}: {p.message[:300]}"
                for p in Draft7(whole, format_checker=FORMATS).iter_errors(value)]
    check(not problems, f"{at}: {problems[:3]}")


def lost_members(before, after, at=""):
    """The places at which a part of one value is missing in the other."""
    if isinstance(before, dict) and isinstance(after, dict):
        for name in before:
            yield from (lost_members(before[name], after[name], f"{at}/{name}")
                        if name in after else [f"{at}/{name}"])
    elif isinstance(before, list) and isinstance(after, list) and len(before) == len(after):
        for index, (one, other) in enumerate(zip(before, after)):
            yield from lost_members(one, other, f"{at}/{index}")
    elif before != after:
        yield at
