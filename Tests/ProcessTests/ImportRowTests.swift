import Foundation
import TestSupport
import Testing

/// How a row is imported: its status, existing accounts, invitations, reports.
@Suite struct ImportRowTests {
  private static let header = "email,name,org_id,status,is_active,deleted_at\n"

  /// A row's status, is_active and deleted_at, and the account's status: nil for a failed row, and
  /// `deleted` for one that is left out.
  @Test(
    "The account gets the status of its row, and a contradiction makes the row fail",
    arguments: [
      ("disabled", "", "", "disabled"), ("disabled", "false", "", "disabled"),
      ("Disabled", "", "", "disabled"), ("SUSPENDED", "", "", "disabled"),
      ("active", "", "", "active"), ("ACTIVE", "true", "", "active"),
      ("invited", "", "", "invited"),
      ("deleted", "", "", "deleted"), ("", "", "2020-01-01T00:00:00Z", "deleted"),
      ("deleted", "", "2020-01-01T00:00:00Z", "deleted"), ("disabled", "true", "", nil),
      ("active", "false", "", nil), ("active", "", "2020-01-01T00:00:00Z", nil),
      ("disabled", "", "2020-01-01T00:00:00Z", nil), ("elsewhere", "", "", nil),
    ])
  func takesStates(_ status: String, _ flag: String, _ deletion: String, _ state: String?) throws {
    let row = "bo@example.com,Bo,acme,\(status),\(flag),\(deletion)\n"
    let brought = try Bringing(Self.header + row)
    guard let state else {
      #expect(brought.summary == #"{"imported":0,"skipped":0,"failed":1}"#)
      #expect(brought.result.errors.contains("people.csv:2: column status"))
      #expect(brought.users.isEmpty)
      return
    }
    #expect(brought.result.status == .exited(0), "\(brought.result.errors)")
    if state == "deleted" {
      #expect(brought.summary == #"{"imported":0,"skipped":0,"failed":0,"deleted":1}"#)
      #expect(brought.users.isEmpty)
      let kept = try Bringing(Self.header + row, as: "people.csv", ["--deleted"])
      #expect(kept.texts("status") == ["deleted"])
    } else {
      #expect(brought.texts("status") == [state])
    }
  }

  private static let people = """
    {"email":"bo@example.com","name":"Bo","org_id":"acme"}
    {"email":"cy@example.com","name":"Cy","org_id":"acme"}
    """

  @Test("A dry run reports what an import would do, and changes nothing")
  func rehearses() throws {
    let text = Self.people + "\n" + Self.people + "\n{\"email\":\"di\"}\n"
    let dry = try Bringing(text, as: "people.jsonl", ["--dry-run"])
    #expect(dry.summary == #"{"imported":2,"skipped":2,"failed":1,"dry_run":true}"#)
    #expect(dry.result.status == .exited(1))
    #expect(dry.users.isEmpty)
    let wet = try Bringing(text, as: "people.jsonl")
    #expect(wet.summary == #"{"imported":2,"skipped":2,"failed":1}"#)
    #expect(
      dry.result.errors
        == wet.result.errors.replacing(wet.store.folder.path, with: dry.store.folder.path))
  }

  @Test("--if-exists decides whether an existing account is skipped, updated or a failed row")
  func choosesWhatHappens() throws {
    let brought = try Bringing(Self.people, as: "people.jsonl")
    let change = "email,company,name\nbo@example.com,Bluebird,\ncy@example.com,,Cy\n"
    let file = try brought.store.folder.write("change.csv", change)
    func again(_ options: String...) throws -> CommandResult {
      try roster(["import", file, "--store", brought.store.store] + options)
    }
    let update = try again("--if-exists", "update")
    #expect(
      update.text.contains(#""imported":0,"skipped":1,"failed":0,"updated":1"#), "\(update.errors)")
    let users = try Bringing.users(of: brought.store)
    #expect(users.map { $0["company"] as? String } == ["Bluebird", nil])
    #expect(users.map { $0["version"] as? Int } == [2, 1])
    #expect(users.map { $0["name"] as? String } == ["Bo", "Cy"])
    let full = try brought.store.folder.write("again.jsonl", Self.people)
    let error = try roster("import", full, "--if-exists", "error", "--store", brought.store.store)
    #expect(error.text.contains(#""imported":0,"skipped":0,"failed":2"#))
    #expect(error.errors.contains("again.jsonl:1: Another account has this email."))
    for word in ["skip", "return"] {
      let skip = try roster("import", full, "--if-exists", word, "--store", brought.store.store)
      #expect(skip.text.contains(#""imported":0,"skipped":2,"failed":0"#))
    }
    #expect(try Bringing.users(of: brought.store).map { $0["version"] as? Int } == [2, 1])
  }

  @Test("An import of an unchanged export with --if-exists update changes nothing")
  func updatesByExport() throws {
    let brought = try Bringing(Self.people, as: "people.jsonl")
    let export = try roster("export", "--store", brought.store.store).output
    let file = try brought.store.folder.write("export.jsonl", export)
    let same = try roster("import", file, "--if-exists", "update", "--store", brought.store.store)
    #expect(same.text == #"{"imported":0,"skipped":3,"failed":0}"# + "\n", "\(same.errors)")
    #expect(try roster("export", "--store", brought.store.store).output == export)
  }

  @Test("An update can't change is_service_account or disable the last owner")
  func updatesByTheRules() throws {
    let brought = try Bringing(Self.people, as: "people.jsonl")
    let rows = """
      {"email":"bo@example.com","is_service_account":true}
      {"email":"ada@example.com","is_active":false}
      """
    let file = try brought.store.folder.write("rows.jsonl", rows)
    let result = try roster("import", file, "--if-exists", "update", "--store", brought.store.store)
    #expect(result.text.contains(#""failed":2"#))
    #expect(result.errors.contains("rows.jsonl:1: column is_service_account: can't change"))
    #expect(result.errors.contains("rows.jsonl:2: This is the last active owner"))
  }

  @Test("A row may have its own if_exists and invite_mode")
  func takesRowsChoices() throws {
    let text = """
      {"email":"bo@example.com","name":"Bo","org_id":"acme","invite_mode":"email_link"}
      {"email":"cy@example.com","name":"Cy","org_id":"acme","invite_mode":"none","if_exists":"error"}
      {"email":"cy@example.com","name":"Cy","org_id":"acme","if_exists":"error"}
      {"email":"cy@example.com","job_title":"Chief","if_exists":"update"}
      """
    let brought = try Bringing(text, as: "people.jsonl")
    #expect(brought.summary == #"{"imported":2,"skipped":0,"failed":1,"updated":1}"#)
    #expect(brought.texts("status") == ["invited", "active"])
    #expect(brought.texts("job_title") == ["-", "Chief"])
    #expect(brought.result.errors.contains("asked for an invitation and got none: 1"))
  }

  @Test("--invite writes the invitation tokens into a private report, and is refused without one")
  func invites() throws {
    let bare = try roster("import", "x.jsonl", "--invite", "--store", "file:x.db")
    #expect(bare.status == .exited(2))
    #expect(bare.errors.contains("--report FILE"))
    let folder = try TemporaryFolder()
    let report = folder.file("report.jsonl")
    let text = Self.people + "\n" + #"{"name":"Robot","org_id":"acme","is_service_account":true}"#
    let brought = try Bringing(text, as: "people.jsonl", ["--invite", "--report", report])
    #expect(
      brought.summary == #"{"imported":3,"skipped":0,"failed":0,"invited":2}"#,
      "\(brought.result.errors)")
    #expect(brought.texts("status").sorted() == ["active", "invited", "invited"])
    let lines = String(decoding: try folder.bytes("report.jsonl"), as: UTF8.self)
      .split(separator: "\n")
    #expect(lines.count == 2)
    let mode = try FileManager.default.attributesOfItem(atPath: report)[.posixPermissions] as? Int
    #expect(mode == 0o600)
    let token = try #require(lines.first?.firstMatch(of: /"invitation_token":"(\w+)"/)?.1)
    let accepted = try roster(
      "call", "users.accept_invitation", "token=\(token)", "password=a good long one", "--store",
      brought.store.store)
    #expect(accepted.status == .exited(0), "\(accepted.errors)")
    let again = try roster(
      "import", "/dev/null", "--report", report, "--store", brought.store.store)
    #expect(again.status == .exited(1))
    #expect(again.errors.contains("Choose a file that does not exist yet."))
  }

  @Test("Invitations are sent by email after the accounts are committed")
  func mailsInvitations() throws {
    let mails = try TemporaryFolder()
    let brought = try Bringing(
      Self.people, as: "people.jsonl", ["--invite", "--mail", "dir:\(mails.path)"])
    #expect(brought.summary == #"{"imported":2,"skipped":0,"failed":0,"invited":2}"#)
    #expect(try mails.names().count == 2)
    let failing = try Bringing(
      Self.people, as: "people.jsonl", ["--invite", "--mail", "sendmail:/bin/false"])
    #expect(
      failing.summary == #"{"imported":2,"skipped":0,"failed":0,"invited":2,"undelivered":2}"#)
    #expect(failing.users.count == 2)
  }

  @Test("A report lists the skipped and the failed rows with the reasons")
  func reports() throws {
    let folder = try TemporaryFolder()
    let bad = (1...30).map { #"{"email":"u\#($0)@example.com","name":"U"}"# }.joined(
      separator: "\n")
    let text = Self.people + "\n" + Self.people + "\n" + bad
    let brought = try Bringing(text, as: "people.jsonl", ["--report", folder.file("r")])
    #expect(brought.summary == #"{"imported":2,"skipped":2,"failed":30}"#)
    let lines = String(decoding: try folder.bytes("r"), as: UTF8.self).split(separator: "\n")
    #expect(lines.count == 32)
    #expect(
      lines.first
        == #"{"line":3,"outcome":"skipped","email":"bo@example.com","reason":"exists already"}"#)
    #expect(
      lines.last?.hasPrefix(#"{"line":34,"outcome":"failed","email":"u30@example.com","reason":"#)
        == true)
    #expect(lines.last?.contains("column org_id: is required") == true)
  }

  @Test("An import that is refused as a whole leaves no report")
  func leavesNoReport() throws {
    let folder = try TemporaryFolder()
    let refused = try Bringing("email,nmae\n", as: "x.csv", ["--report", folder.file("r")])
    #expect(refused.result.status == .exited(1))
    #expect(try folder.names() == [])
    let empty = try Bringing("email,name\n", as: "x.csv", ["--report", folder.file("r")])
    #expect(empty.result.status == .exited(0))
    #expect(try folder.names() == ["r"])
  }

  @Test("A signal ends an import, which reports the last row that was committed")
  func stops() throws {
    let store = try StoreFolder()
    let process = try RosterProcess(["import", "-", "--store", store.store])
    try process.write(Self.people + "\n")
    // The process commits the rows that have arrived before it waits for more.
    let deadline = Date.now + RosterProcess.patienceSeconds
    while try Bringing.users(of: store).count < 2, Date.now < deadline {}
    process.send(signal: SIGINT)
    let text = String(decoding: try process.readToEnd(), as: UTF8.self)
    #expect(try process.waitForExit() == .exited(1))
    #expect(text == #"{"imported":2,"skipped":0,"failed":0}"# + "\n")
    #expect(process.errorText.contains("stopped by a signal after -:2: all rows up to it"))
  }

  @Test("An import into a memory store is refused")
  func refusesMemory() throws {
    let result = try roster("import", "/dev/null", "--store", "memory")
    #expect(result.status == .exited(2))
    #expect(result.errors.contains("into memory"))
  }
}
