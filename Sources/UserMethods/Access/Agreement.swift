internal import Secrets
internal import Users

/// A person's agreement: a digest of all changes of one call that need consent, with the id and
/// version of each account.
public struct Agreement: Equatable, Sendable {
  let digest: [UInt8]

  init(digest: [UInt8]) { self.digest = digest }

  init(to changes: [PermanentChange]) {
    let parts = changes.map { "\($0.userID.text) \($0.version) \($0.fields)" }
    digest = Secrets.digest(Array(parts.joined(separator: "\n").utf8))
  }
}
