internal import Contract
internal import Users

/// The params that every mutation takes.
struct MutationOptions {
  let expectedVersion: Version?
  let isDryRun: Bool
  /// The call with this key; nil without a key, in a dry run, or if answers are not stored.
  let keyed: KeyedCall?

  /// `subject` and `request` replace the params if these contain secrets: a digest of secrets would
  /// let an attacker guess them. With `isRemembered` false, repeated calls with the key run again.
  init(
    _ v: inout ParamVisitor, subject: String? = nil, request: String = "", secrets: [String] = [],
    isRemembered: Bool = true
  ) {
    let version: Version? = v.optional(
      "expected_version", "Refuse at any other version.")
    let key: IdempotencyKey? = v.optional(
      "idempotency_key",
      "A repeated call within 24 hours has no effect.")
    isDryRun = v.flag("dry_run", "Return the result, but commit nothing.")
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
