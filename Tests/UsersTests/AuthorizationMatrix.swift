import Contract
import Foundation
import JSON
import Server
import Testing
import Users

/// Who calls in the matrix.
enum Caller: String, CaseIterable {
  case none, disabled, memberWithoutOrganization, member, annotator, label, adminReadOnly
  case adminInOrganization, adminDenied, admin, owner
}

/// Whom a call is about.
enum Target: String, CaseIterable {
  case own, peer, higher, foreign, absent
}

/// What a caller meets.
enum Verdict: String {
  /// It is done.
  case done
  /// Refused whatever the target: 401, 403.
  case unauthenticated, denied
  /// The target is not there for this caller: null, or 404.
  case hidden
  /// 412.
  case precondition
}

/// The matrix is generated from the catalogue: a method without a row here fails.
@Suite struct AuthorizationMatrix {
  /// What each method answers to each caller, target by target in the order of `Target.allCases`;
  /// one entry where the target makes no difference. Letters: see `verdict`.
  static let rows: [String: [Caller: String]] = [
    "users.get": reading,
    "users.list": everybody(reads: "d"),
    "users.count": everybody(reads: "d"),
    "users.get_current": everybody(reads: "d"),
    "users.create": mutating("d"),
    // On oneself renaming is allowed, and an admin may not touch an owner.
    "users.update": mutating(admin: "ddpdh", owner: "ddddh", bound: "ddphh"),
    // Nobody deletes themself.
    "users.delete": mutating(admin: "pdpdh", owner: "pdddh", bound: "pdphh"),
    "server.info": open,
    "rpc.discover": open,
  ]

  static let open = Dictionary(uniqueKeysWithValues: Caller.allCases.map { ($0, "d") })

  static func everybody(reads verdict: String) -> [Caller: String] {
    var row = Dictionary(uniqueKeysWithValues: Caller.allCases.map { ($0, verdict) })
    row[.none] = "u"
    row[.disabled] = "u"
    row[.label] = "x"
    return row
  }

  static var reading: [Caller: String] {
    var row = everybody(reads: "ddddh")
    for caller in [Caller.member, .annotator, .adminInOrganization] { row[caller] = "dddhh" }
    row[.memberWithoutOrganization] = "dhhhh"
    return row
  }

  static func mutating(
    _ verdict: String? = nil, admin: String = "", owner: String = "", bound: String = ""
  ) -> [Caller: String] {
    var row = Dictionary(uniqueKeysWithValues: Caller.allCases.map { ($0, "x") })
    row[.none] = "u"
    row[.disabled] = "u"
    row[.admin] = verdict ?? admin
    row[.owner] = verdict ?? owner
    row[.adminInOrganization] = verdict ?? bound
    return row
  }

  static func verdict(_ letter: Character) -> Verdict {
    switch letter {
    case "d": .done
    case "u": .unauthenticated
    case "x": .denied
    case "h": .hidden
    default: .precondition
    }
  }

  static let methods = ServerCatalog<MemoryUserStore>.make().descriptions.map(\.name.description)

  @Test("Every method has a row for every caller") func everyMethodHasARow() {
    for method in Self.methods {
      let row = Self.rows[method]
      #expect(row != nil, "\(method) has no row in the matrix")
      for caller in Caller.allCases {
        let verdicts = row?[caller] ?? ""
        #expect(
          verdicts.count == 1 || verdicts.count == Target.allCases.count, "\(method) for \(caller)")
      }
    }
    #expect(Set(Self.rows.keys) == Set(Self.methods))
  }

  @Test("Callers meet what the matrix says", arguments: methods, Caller.allCases)
  func matrix(method: String, caller: Caller) throws {
    let verdicts = Array(Self.rows[method]?[caller] ?? "?")
    for (at, target) in Target.allCases.enumerated() {
      let expected = Self.verdict(verdicts[verdicts.count == 1 ? 0 : at])
      let directory = try Directory(caller: caller)
      let reply = try directory.ask(method, about: target)
      #expect(Directory.verdict(reply) == expected, "\(method) of \(target): \(reply)")
    }
  }

  @Test("What is not there for a caller looks the same, foreign or absent", arguments: methods)
  func noOracle(method: String) throws {
    for caller in [Caller.member, .annotator, .adminInOrganization] {
      let foreign = try Directory(caller: caller).ask(method, about: .foreign)
      let absent = try Directory(caller: caller).ask(method, about: .absent)
      let answersDiffer = ["users.create", "users.list", "rpc.discover"].contains(method)
      if !answersDiffer { #expect(foreign == absent, "\(method) for \(caller)") }
    }
  }

  @Test("A member's lists, counts, totals and cursors know one organization only")
  func scopedLists() throws {
    let questions = [
      #"{}"#, #"{"query":"foreign"}"#, #"{"email":"foreign@globex.com"}"#,
      #"{"email_domain":"globex.com"}"#, #"{"include_inactive":true,"sort_by":"email"}"#,
      #"{"status":["disabled"]}"#, #"{"role":"member"}"#, #"{"username":"foreign@globex.com"}"#,
      #"{"limit":1,"sort_by":"name","sort_order":"desc"}"#,
    ]
    for method in ["users.list", "users.count"] {
      for question in questions {
        let crowded = try Directory(caller: .member).call(method, question)
        let alone = try Directory(caller: .member, hasForeigners: false).call(method, question)
        #expect(Directory.withoutCursor(crowded) == Directory.withoutCursor(alone), "\(question)")
      }
      for organization in ["globex", "never-heard-of"] {
        let reply = try Directory(caller: .member).call(method, "{\"org_id\":\"\(organization)\"}")
        #expect(reply.contains("\"code\":403"))
        let other = try Directory(caller: .member).call(method, "{\"org_id\":\"x\"}")
        #expect(reply == other)
      }
    }
  }

  @Test("A refused capability is refused before anything is looked up or validated")
  func refusedFirst() throws {
    let reply = try Directory(caller: .member).call("users.update", #"{"nonsense":1}"#)
    #expect(reply.contains("\"code\":403"))
    #expect(reply.contains("\"reason\":\"users.update\""))
  }
}
