internal import Contract
internal import Users

/// What every mutation takes.
struct MutationOptions {
  let expectedVersion: Version?
  let isDryRun: Bool
  /// What the key stands for; nil for a call without one, for a dry run, and for what is not remembered.
  let keyed: KeyedCall?

  /// `subject` and `request` stand for the params where they hold secrets: digests of those would be a
  /// way to guess them. What is not remembered is done again for each call with the key.
  init(
    _ v: inout ParamVisitor, subject: String? = nil, request: String = "", secrets: [String] = [],
    isRemembered: Bool = true
  ) {
    let version: Version? = v.optional(
      "expected_version", "Refuse at any other version.")
    let key: IdempotencyKey? = v.optional(
      "idempotency_key",
      "A repetition within 24 hours has no effect.")
    isDryRun = v.flag("dry_run", "Show what would be, and keep nothing.")
    expectedVersion = version
    guard let key, isRemembered, !isDryRun else {
      keyed = nil
      return
    }
    let asked = "\(subject ?? "")\n\(request)\n\(version.map { "\($0.value)" } ?? "")"
    keyed = KeyedCall(
      key, subject: subject ?? "", request: subject == nil ? v.canonicalParams : asked, secrets)
  }

  func check(_ user: User) throws(Failure) {
    if let expectedVersion, expectedVersion.value != user.version {
      throw .versionMismatch(user.version)
    }
  }
}
