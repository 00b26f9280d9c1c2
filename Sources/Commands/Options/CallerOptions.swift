import Contract
import Secrets
import UserMethods
import Users

extension Option {
  /// Options for the caller and its restrictions.
  static let calling = [
    Option(
      "--as", takes: "EMAIL-or-ID", .text, of: Command.callers, variable: "ROSTER_AS",
      "the calling account; without a caller, only methods that need none can be called",
      details: """
        Roster trusts whoever starts it to name the caller. The account must exist in the store; \
        in memory, Roster creates it. Use only one of the caller options.
        """
    ) {
      $0.caller = $1
      $0.credentials.append("--as \($1)")
    },
    Option(
      "--token-file", takes: "PATH", .file, of: Command.callers,
      "the caller's token, in a file that only its owner can read",
      details: """
        The file contains the output of roster token create, and nothing else. The token's scopes \
        limit the capabilities of its account.
        """
    ) {
      // An error about the file would print the token.
      if TokenText($1) != nil {
        throw UsageError("--token-file names a file, not the token itself")
      }
      $0.token = .file(try Launch.path($1))
      $0.credentials.append("--token-file \($1)")
    },
    Option(
      "--token-fd", takes: "N", .text, of: [.serve, .call, .watch, .token],
      """
      file descriptor from which Roster reads the caller's token; the variable ROSTER_TOKEN is an \
      alternative
      """,
      details: """
        Roster reads the descriptor to its end and closes it. The variable ROSTER_TOKEN does the \
        same; Roster removes it from its environment.
        """
    ) {
      $0.token = try .descriptor($1)
      $0.credentials.append("--token-fd \($1)")
    },
    Option(
      "--token-fd", takes: "N", .text, of: [.config], isListed: false,
      "refused: hosts do not pass descriptors on", details: ""
    ) { _, _ in
      throw UsageError(
        "hosts do not pass descriptors on, so --token-fd can't be configured; use --token-file PATH"
      )
    },
    Option(
      "--policy", takes: "FILE", .file, of: Command.callers + [.import],
      "custom roles for a store that has no policy yet (see roster policy)",
      details: """
        schema/policy.json describes the file. The store keeps the policy; a later start with a \
        policy of other grants is refused. roster policy set changes it.
        """
    ) { $0.policyPath = try Launch.path($1) },
    Option(
      "--read-only", of: Command.callers, "only reading",
      details: "Refuses every change, sign-ins and lists of tokens."
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
      details: "New accounts belong to it. Accounts of other organizations are invisible."
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
            "\(name) is not a capability; choose from \(names.joined(separator: ", "))")
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
