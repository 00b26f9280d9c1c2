"""The generated clients: checkers accept them, and they call every method of a live server."""

import json
import os
import re
import shutil
import subprocess
import sys

from rig import HERE, OWNER, TEST_SECONDS_MAX, check, test

ENVIRONMENTS = ("typed",)
PROGRAMS = os.path.join(HERE, "typed")
# The strictest options of TypeScript 4.8 and the oldest target.
STRICTEST = (
    "--noEmit", "--target", "es2022", "--module", "node16", "--noUnusedLocals",
    "--noUnusedParameters", "--exactOptionalPropertyTypes", "--noImplicitReturns",
    "--noPropertyAccessFromIndexSignature", "--noUncheckedIndexedAccess")
OLDEST = ("--noEmit",)
PYTHON_USES = ("every_method.py", "every_method_async.py", "hard_cases.py")


def done(words, folder):
    """Standard output of a program that must succeed."""
    process = subprocess.run(
        words, cwd=folder, capture_output=True, text=True, timeout=TEST_SECONDS_MAX)
    check(
        process.returncode == 0,
        f"{words[0]} ended with {process.returncode}: {process.stdout[-2000:]}"
        f"{process.stderr[-2000:]}")
    return process.stdout


def tool(name):
    """A program of this environment."""
    return os.path.join(os.path.dirname(sys.executable), name)


def generate(rig):
    """The generated clients, beside the programs that use them."""
    folder = rig.path("typed")
    shutil.copytree(PROGRAMS, folder)
    for language, name in (("python", "roster.py"), ("typescript", "roster.ts")):
        with open(os.path.join(folder, name), "w", encoding="utf-8") as file:
            file.write(rig.run("types", language))
    return folder


def methods(rig):
    return [method["name"] for method in json.loads(rig.run("openrpc"))["methods"]]


def program_arguments(rig):
    return [os.path.abspath(rig.roster), rig.store(), OWNER, "acme"]


def check_every_method(rig, program, spelled=lambda name: name):
    """Checks that a program calls every method, so that a new one is not forgotten."""
    with open(os.path.join(PROGRAMS, program), encoding="utf-8") as file:
        text = file.read()
    for method in methods(rig):
        namespace, name = method.split(".")
        check(f".{namespace}.{spelled(name)}(" in text, f"{program} does not call {method}")


def check_rejected(words, folder, head, wrong):
    """Checks that a checker, whose last word is the file, reports each wrong line and no other."""
    with open(os.path.join(folder, words[-1]), "w", encoding="utf-8") as file:
        file.writelines(line + "\n" for line in (*head, *wrong))
    process = subprocess.run(
        words, cwd=folder, capture_output=True, text=True, timeout=TEST_SECONDS_MAX)
    # mypy writes `wrong.py:4: error`, and tsc `wrong.ts(4,7): error`.
    found = re.findall(r"^wrong\.\w+[:(](\d+)\D[\d): ]*error", process.stdout, re.M)
    lines = {int(line) for line in found}
    check(lines == set(range(len(head) + 1, len(head) + 1 + len(wrong))), process.stdout)


def camel(name):
    return re.sub(r"_(\w)", lambda match: match.group(1).upper(), name)


@test
def mypy_accepts_the_python_client_and_its_use(rig):
    folder = generate(rig)
    done([tool("mypy"), "--strict", "roster.py", *PYTHON_USES], folder)


@test
def mypy_rejects_a_wrong_use_of_the_python_client(rig):
    folder = generate(rig)
    wrong = (
        'roster.users.create(email="a@b.example")', 'roster.users.create(name=7)',
        'roster.users.list(sort_by="age")', 'roster.users.list(orgid="acme")',
        'roster.users.list(fields=["shoe_size"])', 'roster.users.remove(user_id="a")',
        'roster.users.get(user_id="a")["email"]')
    head = ("from roster import Roster", "", "roster = Roster()")
    check_rejected([tool("mypy"), "--strict", "wrong.py"], folder, head, wrong)


@test
def pyright_accepts_the_python_client_and_its_use(rig):
    folder = generate(rig)
    with open(os.path.join(folder, "pyrightconfig.json"), "w", encoding="utf-8") as file:
        # One program looks at the process of the client.
        json.dump({"typeCheckingMode": "strict", "reportPrivateUsage": False}, file)
    done([tool("basedpyright"), "roster.py", *PYTHON_USES], folder)


@test
def the_python_client_calls_every_method_of_a_live_server(rig):
    check_every_method(rig, "every_method.py")
    done([sys.executable, "every_method.py", *program_arguments(rig)], generate(rig))


@test
def the_asyncio_client_calls_a_live_server_concurrently(rig):
    done([sys.executable, "every_method_async.py", *program_arguments(rig)], generate(rig))


@test
def no_call_of_the_python_clients_waits_for_ever(rig):
    done([sys.executable, "hard_cases.py", *program_arguments(rig)], generate(rig))


@test
def tsc_accepts_the_typescript_client_for_every_target(rig):
    folder = generate(rig)
    for options in (OLDEST, STRICTEST):
        done(["tsc", "--strict", *options, "roster.ts"], folder)


@test
def tsc_rejects_a_wrong_use_of_the_typescript_client(rig):
    folder = generate(rig)
    wrong = (
        'roster.users.create({ email: "a@b.example" });', "roster.users.create({ name: 7 });",
        'roster.users.list({ sort_by: "age" });', 'roster.users.list({ orgid: "acme" });',
        'roster.users.list({ fields: ["shoe_size"] });', 'roster.users.remove({ user_id: "a" });')
    head = ('import { Roster } from "./roster";', "", "declare const roster: Roster;")
    check_rejected(["tsc", "--strict", "--noEmit", "wrong.ts"], folder, head, wrong)


@test
def the_typescript_client_calls_every_method_of_a_live_server(rig):
    check_every_method(rig, "every_method.ts", camel)
    folder = generate(rig)
    done(["tsc", "--strict", "--target", "es2018", "--module", "commonjs", "every_method.ts",
          "roster.ts"], folder)
    done(["node", "every_method.js", *program_arguments(rig)], folder)


@test
def every_reference_of_the_json_schema_leads_to_a_definition(rig):
    text = rig.run("types", "json-schema")
    document = json.loads(text)
    names = re.findall(r'"\$ref":"#/definitions/(\w+)"', text)
    check(names and set(names) <= document["definitions"].keys(), "a reference leads nowhere")
    for method in methods(rig):
        name = "".join(word.capitalize() for word in re.split(r"[._]", method))
        for kind in ("Params", "Result"):
            check(name + kind in document["definitions"], f"there is no {name}{kind}")


@test
def a_generator_of_openrpc_clients_makes_importable_clients(rig):
    code = """
import importlib, json, pathlib, sys
from openrpc import OpenRPC
from openrpcclientgenerator import Language, generate
document = OpenRPC.model_validate_json(sys.stdin.read())
out = pathlib.Path(sys.argv[1])
for language in Language:
    generate(document, language, "http://localhost", out)
models = next((out / "python").glob("*/*/models.py"))
sys.path.insert(0, str(models.parent.parent))
module = importlib.import_module(models.parent.name + ".models")
print(json.dumps([name for name in dir(module) if hasattr(getattr(module, name), "model_fields")]))
client = models.with_name("client.py").read_text()
print(json.dumps([m.name for m in document.methods if f'"{m.name}"' not in client]))
"""
    out = rig.path("out")
    os.mkdir(out)
    process = subprocess.run(
        [sys.executable, "-c", code, out], input=rig.run("openrpc"), capture_output=True,
        text=True, timeout=TEST_SECONDS_MAX)
    check(process.returncode == 0, process.stderr[-2000:])
    classes, missing = map(json.loads, process.stdout.splitlines())
    check({"User", "PartialUser", "Event", "UsersListResult"} <= set(classes), f"{classes}")
    check(not missing, f"the client lacks {missing}")


@test
def the_openrpc_document_has_no_list_of_types(rig):
    def lists(value):
        if isinstance(value, dict):
            return isinstance(value.get("type"), list) or any(map(lists, value.values()))
        return isinstance(value, list) and any(map(lists, value))

    document = json.loads(rig.run("openrpc"))
    schemas = [document["components"], *(
        [method["params"], method["result"]] for method in document["methods"])]
    check(not lists(schemas), "a schema has a list of types")
