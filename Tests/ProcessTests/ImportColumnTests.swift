import TestSupport
import Testing

/// How the columns of a file become the fields of an account.
@Suite struct ImportColumnTests {
  @Test("Column names are matched without case and without surrounding spaces")
  func trimsHeaders() throws {
    let brought = try Bringing(" Name,EMAIL ,\u{A0}Org_ID\nBo,bo@example.com,acme\n")
    #expect(brought.result.status == .exited(0), "\(brought.result.errors)")
    #expect(brought.texts("name") == ["Bo"])
  }

  @Test(
    "A boolean may be written as spreadsheets and databases write it",
    arguments: [
      ("TRUE", true), ("True", true), ("1", true), ("yes", true), ("t", true), ("FALSE", false),
      ("0", false), ("No", false), ("f", false),
    ])
  func takesFlags(_ word: String, _ isOn: Bool) throws {
    let brought = try Bringing("email,name,org_id,is_active\nbo@example.com,Bo,acme,\(word)\n")
    #expect(brought.users.first?["is_active"] as? Bool == isOn, "\(brought.result.errors)")
  }

  private static let foreign = """
    First Name,Last Name,Mail,ID,passwordHash,Department
    Bo,Ek,bo@example.com,17,$2b$10$x,Sales
    Cy,,cy@example.com,18,,

    """

  @Test("JSON names are matched without case too, and a metadata field may be its own column")
  func takesJSONNames() throws {
    let text = #"{"Email":"bo@example.com","NAME":"Bo","org_id":"o","metadata.old id":17}"#
    for (name, text) in [("a.jsonl", text), ("a.json", "[\(text)]")] {
      let brought = try Bringing(text, as: name)
      #expect(brought.texts("name") == ["Bo"], "\(brought.result.errors)")
      #expect((brought.users.first?["metadata"] as? [String: Int]) == ["old id": 17])
    }
    let csv = try Bringing("email,name,org_id,metadata.x\nbo@example.com,Bo,o,1\n")
    #expect((csv.users.first?["metadata"] as? [String: String]) == ["x": "1"])
  }

  @Test("An unknown column that first appears in a later row makes that row fail")
  func tellsLateColumns() throws {
    let text = """
      {"email":"bo@example.com","first":"Bo"}
      {"email":"cy@example.com","first":"Cy","late":1,"passwordHash":"x"}
      """
    let options = ["--map", "name={first}", "--map", "job_title={titel}", "--set", "org_id=o"]
    let brought = try Bringing(text, as: "x.jsonl", options)
    #expect(brought.summary == #"{"imported":1,"skipped":0,"failed":1}"#)
    #expect(brought.result.errors.contains(":2: column late: is no column of an account;"))
    #expect(brought.result.errors.contains("an account, and passwords are not imported"))
    #expect(brought.result.errors.contains("no row has the column titel, which --map looks at"))
    let ignoring = try Bringing("nonsense\n" + text, as: "x.jsonl", options + ["--ignore-unknown"])
    #expect(ignoring.summary == #"{"imported":2,"skipped":0,"failed":1}"#)
    #expect(ignoring.result.errors.contains("left out the columns late, passwordHash"))
    let first = try Bringing("nonsense\n" + text, as: "x.jsonl")
    #expect(first.result.errors.contains("that an account does not have: first, late"))
    #expect(first.result.errors.contains(", passwordHash\n"), "\(first.result.errors)")
    #expect(first.users.isEmpty)
  }

  @Test(
    "A status column that is copied into the metadata still disables, unless --set removes it"
  )
  func keepsPeopleOut() throws {
    let text = "email,name,org_id,status\nbo@example.com,Bo,acme,SUSPENDED\n"
    for (options, status) in [([], "disabled"), (["--set", "status="], "active")] {
      let brought = try Bringing(text, as: "x.csv", ["--map", "metadata.old={status}"] + options)
      #expect(brought.texts("status") == [status], "\(brought.result.errors)")
      #expect(brought.users.first?["metadata"] as? [String: String] == ["old": "SUSPENDED"])
    }
    let named = try Bringing("email,suspended_till\n", as: "x.csv")
    #expect(named.result.errors.contains("People may be shut out by suspended_till"))
  }

  @Test(
    "An account that is banned until a time is blocked if that time is in the future",
    arguments: [
      ("2125-01-01 00:00:00+00", true), ("2020-01-01T00:00:00Z", false), ("infinity", true),
      ("", false), ("TRUE", true), ("no", false),
    ])
  func takesBans(_ word: String, _ isBlocked: Bool) throws {
    let brought = try Bringing(
      "email,name,org_id,banned_until\nbo@example.com,Bo,acme,\(word)\n", as: "x.csv",
      ["--map", "is_blocked={banned_until}"])
    #expect(brought.users.first?["is_blocked"] as? Bool == isBlocked, "\(brought.result.errors)")
  }

  @Test("A mapping that copies password hashes gets a warning, which holds no hash")
  func warnsOfSecrets() throws {
    let brought = try Bringing(
      "email,name,org_id,passwordHash\nbo@example.com,Bo,o,$2b$\n", as: "x.csv",
      ["--map", "metadata.old={passwordHash}"])
    #expect(brought.result.status == .exited(0))
    #expect(brought.result.errors.contains("warning: --map copies passwordhash"))
    #expect(!brought.result.errors.contains("$2b$"))
  }

  @Test("One error names all unknown columns, and nothing is imported")
  func namesForeignColumns() throws {
    let brought = try Bringing(Self.foreign)
    #expect(brought.result.status == .exited(1))
    for name in ["First Name", "Last Name", "Mail", "passwordHash", "Department"] {
      #expect(brought.result.errors.contains(name), "\(brought.result.errors)")
    }
    #expect(brought.result.errors.contains("--ignore-unknown"))
    #expect(brought.result.errors.contains("are not imported (passwordHash)"))
    #expect(brought.users.isEmpty)
    let lines = (1...3).map { #"{"email":"u\#($0)@example.com","x\#($0)":1,"name":"U"}"# }
    for (name, text) in [
      ("a.jsonl", lines.joined(separator: "\n")), ("a.json", "[\(lines.joined(separator: ","))]"),
    ] {
      let json = try Bringing(text, as: name)
      #expect(json.result.errors.contains("x1, x2, x3"), "\(json.result.errors)")
      #expect(json.result.output.isEmpty && json.users.isEmpty)
    }
  }

  @Test("--map and --set take in unknown columns, and left-out password hashes are reported")
  func mapsColumns() throws {
    let options = [
      "--map", "name={First Name} {Last Name}", "--map", "email={mail}", "--set", "org_id=acme",
      "--map", "metadata.old id={ID}", "--map", "metadata.department={Department}",
      "--ignore-unknown",
    ]
    let brought = try Bringing(Self.foreign, as: "x.csv", options)
    #expect(
      brought.summary == #"{"imported":2,"skipped":0,"failed":0}"#, "\(brought.result.errors)")
    #expect(brought.texts("name") == ["Bo Ek", "Cy"])
    #expect(brought.texts("organization_id") == ["acme", "acme"])
    let metadata = brought.users.map { $0["metadata"] as? [String: String] }
    #expect(metadata == [["old id": "17", "department": "Sales"], ["old id": "18"]])
    #expect(brought.result.errors.contains("left out the column passwordHash"))
    #expect(brought.result.errors.contains("are not imported (passwordHash)"))
    #expect(!brought.result.errors.contains("$2b$"))
  }

  @Test("A pointer in a template reaches nested JSON values, also in arrays")
  func reachesIntoJSON() throws {
    let text = #"""
      [{"id":"u1","userName":"bo","name":{"givenName":"Bo","familyName":"Ek"},"active":false,
        "emails":[{"value":"x@example.com"},{"value":"bo@example.com","primary":true}],
        "title":"CEO","meta":{"created":"2020-01-02T03:04:05Z"}}]
      """#
    let brought = try Bringing(
      text, as: "scim.json",
      [
        "--map", "email={/emails/primary=true/value}", "--map", "email={/emails/0/value}",
        "--map", "name={displayName}", "--map", "name={/name/givenName} {/name/familyName}",
        "--map", "username={userName}", "--map", "is_active={active}", "--map", "job_title={title}",
        "--map", "created_at={/meta/created}", "--map", "metadata.scim={id}", "--set", "org_id=a",
      ])
    #expect(
      brought.summary == #"{"imported":1,"skipped":0,"failed":0}"#, "\(brought.result.errors)")
    let user = try #require(brought.users.first)
    #expect(user["email"] as? String == "bo@example.com")
    #expect(user["name"] as? String == "Bo Ek")
    #expect(user["status"] as? String == "disabled")
    #expect(user["created_at"] as? String == "2020-01-02T03:04:05.000Z")
    #expect(user["metadata"] as? [String: String] == ["scim": "u1"])
  }

  @Test("A pointer reaches into JSON in a cell, and --map adds to the metadata of a row")
  func reachesIntoCells() throws {
    let brought = try Bringing(
      "email,meta,metadata,x\nbo@example.com,\"{\"\"full_name\"\":\"\"Bo\"\"}\",\"{\"\"a\"\":1}\",2\n",
      as: "x.csv",
      ["--map", "name={/meta/full_name}", "--set", "org_id=acme", "--map", "metadata.b={x}"])
    #expect(brought.texts("name") == ["Bo"], "\(brought.result.errors)")
    let exported = try roster("export", "--store", brought.store.store).text
    #expect(exported.contains(#""metadata":{"a":1,"b":"2"}"#))
  }

  @Test(
    "A time may be written as databases and programs write it",
    arguments: [
      ("2020-01-02T03:04:05Z", "2020-01-02T03:04:05.000Z"),
      ("2020-01-02 03:04:05", "2020-01-02T03:04:05.000Z"),
      ("2020-01-02 03:04:05.678+00", "2020-01-02T03:04:05.678Z"),
      ("2020-01-02 03:04:05+0100", "2020-01-02T02:04:05.000Z"),
      ("2020-01-02 03:04:05 UTC", "2020-01-02T03:04:05.000Z"),
      ("2020-01-02", "2020-01-02T00:00:00.000Z"),
      ("2020/01/02 03:04:05", "2020-01-02T03:04:05.000Z"),
      ("1577934245", "2020-01-02T03:04:05.000Z"), ("1577934245678", "2020-01-02T03:04:05.678Z"),
      ("1577934245.678", "2020-01-02T03:04:05.678Z"),
    ])
  func takesTimes(_ text: String, _ time: String) throws {
    let brought = try Bringing("email,name,org_id,last_login\nbo@example.com,Bo,acme,\(text)\n")
    #expect(brought.texts("last_login") == [time], "\(brought.result.errors)")
  }

  /// Invalid options, and a part of the error for each.
  @Test(
    "Invalid options are usage errors",
    arguments: [
      (["--map", "nmae={x}"], "did you mean name?"), (["--map", "name"], "COLUMN="),
      (["--map", "name={x"], "{ without a column"),
      (["--set", "metadata.=x"], "no column metadata."),
      (["--at", "users"], "--at is a path"), (["--delimiter", "ab"], "one character"),
      (["--delimiter", "a"], "no letter"), (["--delimiter", "7"], "no letter"),
      (["--delimiter", "\""], "or quote"), (["--delimiter", "\n"], "one character"),
      (["--set", "status"], "--set COLUMN= leaves"), (["--report", "-"], "needs a file name"),
    ])
  func refusesOptions(_ options: [String], _ told: String) throws {
    let store = try StoreFolder()
    let file = try store.folder.write("x.csv", "email\n")
    let result = try roster(["import", file, "--store", store.store] + options)
    #expect(result.status == .exited(2))
    #expect(result.errors.contains(told), "\(result.errors)")
  }

  @Test(
    "A template that names a missing column, and two columns for one field, are refused")
  func refusesHeaders() throws {
    let missing = try Bringing("email,name\n", as: "x.csv", ["--map", "org_id={Company}"])
    #expect(missing.result.status == .exited(1))
    #expect(missing.result.errors.contains("x.csv:1: --map names the column company"))
    for header in ["email,EMAIL,name", "email,org_id,organization_id,name"] {
      let twice = try Bringing(header + "\n")
      #expect(twice.result.status == .exited(1))
      #expect(twice.result.errors.contains("two columns with the same meaning"))
    }
  }

  @Test("A column without a name is ignored if its cells are empty")
  func passesEmptyColumns() throws {
    let text = "email,name,org_id,,\nbo@example.com,Bo,acme,,\ncy@example.com,Cy,acme,x,\n"
    let brought = try Bringing(text)
    #expect(brought.summary == #"{"imported":1,"skipped":0,"failed":1}"#)
    #expect(brought.result.errors.contains("people.csv:3: column 4 has no name"))
  }
}
