import Foundation
import TestSupport
import Testing

/// A launch has one credential for the caller.
@Suite struct LaunchCredentialTests {
  @Test("A launch with more than one credential is refused, and the error names each")
  func onlyOne() throws {
    let store = try StoreFolder()
    try store.add("bo@example.com", "org_id=acme")
    let token = try roster(
      "token", "create", "--name", "t", "--user", "bo@example.com", "--store", store.store, "--as",
      StoreFolder.owner
    ).text.trimmingCharacters(in: .newlines)
    let file = try store.folder.write("token", token)
    chmod(file, 0o600)
    let owner = ["--as", StoreFolder.owner]
    let rows: [(words: [String], variable: String?, parts: [String])] = [
      (owner, token, ["--as \(StoreFolder.owner)", "ROSTER_TOKEN"]),
      (owner, "nonsense", ["--as \(StoreFolder.owner)", "ROSTER_TOKEN"]),
      (owner + ["--token-file", file], nil, ["--as", "--token-file \(file)"]),
      (owner + ["--token-fd", "0"], nil, ["--as", "--token-fd 0"]),
      (owner + ["--as", "bo@example.com"], nil, ["--as bo@example.com"]),
      (["--token-file", file], token, ["--token-file \(file)", "ROSTER_TOKEN"]),
      (["--token-file", file, "--token-file", file], nil, ["--token-file \(file) and"]),
      (["--token-file", file, "--token-fd", "0"], nil, ["--token-file", "--token-fd 0"]),
    ]
    for row in rows {
      for command in [["serve"], ["call", "users.count"], ["token", "list"]] {
        let result = try roster(
          command + ["--store", store.store] + row.words,
          environment: row.variable.map { ["ROSTER_TOKEN": $0] } ?? [:])
        #expect(result.status == .exited(2) && result.output.isEmpty, "\(command) \(row)")
        for part in row.parts { #expect(result.errors.contains(part), "\(result.errors)") }
        // The error does not contain the token.
        #expect(!result.errors.contains(token))
      }
    }
    let alone = try roster(
      ["call", "users.count", "--store", store.store], environment: ["ROSTER_TOKEN": token])
    #expect(alone.text == "1\n", "\(alone.errors)")
  }
}
