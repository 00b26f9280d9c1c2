import Contract
import UserMethods
import Users

extension Option {
  /// Who calls, and how narrowly.
  static let calling = [
    Option(
      "--as", takes: "EMAIL-or-ID", .text, of: Command.callers,
      "the account that calls; without a caller only the open methods answer",
      details: """
        Whoever starts Roster is trusted to name it. It has to be in the store; in a store in memory it is \
        made. Only one option may say who calls.
        """
    ) {
      $0.caller = $1
      $0.credentials.append("--as \($1)")
    },
    Option(
      "--token-file", takes: "PATH", .file, of: Command.callers,
      "the caller's token, in a file that only its owner can read",
      details: """
        The file holds what roster token create printed, and nothing else. The token's scopes narrow what \
        its account may do.
        """
    ) {
      $0.token = .file(try Launch.path($1))
      $0.credentials.append("--token-file \($1)")
    },
    Option(
      "--token-fd", takes: "N", .text, of: [.serve, .call, .token],
      "the caller's token, to be read from descriptor N; or ROSTER_TOKEN",
      details: """
        The descriptor is read to its end and closed. The variable ROSTER_TOKEN does the same, and is \
        wiped from the environment.
        """
    ) {
      $0.token = try .descriptor($1)
      $0.credentials.append("--token-fd \($1)")
    },
    Option(
      "--token-fd", takes: "N", .text, of: [.config], isListed: false,
      "refused: no host hands a descriptor on", details: ""
    ) { _, _ in
      throw UsageError(
        "a host hands no descriptor on, so --token-fd can't be configured; use --token-file PATH")
    },
    Option(
      "--policy", takes: "FILE", .file, of: Command.callers + [.import],
      "custom roles, for a store that has none yet (see roster policy)",
      details: """
        schema/policy.json describes the file. A store keeps the policy, and is refused later with one \
        that grants something else: roster policy set changes it.
        """
    ) { $0.policyPath = try Launch.path($1) },
    Option(
      "--read-only", of: Command.callers, "only reading",
      details: "Nothing can be changed, nobody signs in, and no tokens are listed."
    ) { $0.limits.isReadOnly = true },
    Option(
      "--allow", takes: "CAP,…", capabilities, of: Command.callers, "only these capabilities",
      details: "\(capabilityList) Given again, it adds to them."
    ) { $0.limits.allowed = try ($0.limits.allowed ?? []).union(capabilities(in: $1)) },
    Option(
      "--deny", takes: "CAP,…", capabilities, of: Command.callers, "not these capabilities",
      details: "\(capabilityList) Given again, it adds to them."
    ) { $0.limits.denied.formUnion(try capabilities(in: $1)) },
    Option(
      "--org", takes: "ORG", .text, of: Command.callers, "only this organization",
      details: "New accounts belong to it. Accounts of others are not there for the caller."
    ) { $0.limits.organization = try organization($1) },
  ]

  static let capabilities = Values.list { Capability.allCases.map(\.rawValue) }

  static var capabilityList: String {
    "Capabilities are \(Capability.allCases.map(\.rawValue).joined(separator: ", "))."
  }

  static func capabilities(in value: String) throws -> Set<Capability> {
    Set(
      try value.words(at: ",").map { name in
        guard let capability = Capability(rawValue: name) else {
          let names = Capability.allCases.map(\.rawValue)
          throw UsageError(
            "there is no capability \(name); there are \(names.joined(separator: ", "))")
        }
        return capability
      })
  }

  private static func organization(_ value: String) throws -> String {
    do {
      return try OrganizationID(value).value
    } catch {
      throw UsageError("--org \(error.message)")
    }
  }
}
