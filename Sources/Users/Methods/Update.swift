internal import Contract
internal import JSON

struct UpdateParams: Params {
  let user: UserReference
  let patch: AccountPatch
  let options: MutationOptions

  init(_ v: inout ParamVisitor) {
    user = v.required("user_id", "Id or email of the account.")
    patch = AccountPatch(&v, isNew: false)
    options = MutationOptions(&v)
  }
}

/// What every mutation takes.
struct MutationOptions {
  let expectedVersion: Version?
  let isDryRun: Bool

  init(_ v: inout ParamVisitor) {
    expectedVersion = v.optional(
      "expected_version", "Refuse unless the account is at this version.")
    isDryRun = v.flag("dry_run", "Check everything and show the result, but keep nothing.")
  }

  func check(_ user: User) throws(Failure) {
    if let expectedVersion, expectedVersion.value != user.version {
      throw .versionMismatch(user.version)
    }
  }
}

struct Version: ParamValue {
  let value: Int

  static var shape: Shape { .integer(1...Int(Int32.max)) }
  static var placeholder: Version { Version(value: 1) }

  private init(value: Int) { self.value = value }

  init(_ json: JSONValue) throws(Mismatch) {
    guard let value = json.int, value >= 1 else {
      throw Mismatch("must be a whole number from 1 on")
    }
    self.value = value
  }
}

enum Update<Store: UserStore> {
  static var method: Method<Authorized<Store>> {
    Method(
      "users.update", "Changes members of an account: absent keeps, null clears.",
      access: .needs(.update), effect: .write, isIdempotent: true, result: .named("User")
    ) { (params: UpdateParams, grant, out) throws(Failure) in
      if params.patch.isEmpty {
        throw .invalidParams([.init("", "must name at least one member to change")])
      }
      let old = try grant.user(params.user)
      try run(params.patch, old, params.options, grant, &out)
    }
  }

  /// Changes `old`, and writes the account as it is then.
  static func run(
    _ patch: AccountPatch, _ old: User, _ options: MutationOptions, _ grant: Authorized<Store>,
    _ out: inout ByteBuffer
  ) throws(Failure) {
    try AccountRules.checkTouch(old, grant)
    try options.check(old)
    var new = try patch.applied(to: old)
    try AccountRules.checkChange(old, new, grant)
    try AccountRules.check(new)
    let isChanged = new != old
    if isChanged {
      try AccountRules.checkConflict(new, grant)
      new.version += 1
      new.updatedAt = max(grant.gate.now(), old.updatedAt)
    }
    let stored = StoredUser(new)
    if isChanged, !options.isDryRun {
      try grant.store { store throws(StoreError) in
        try store.replace(StoredUser(old), with: stored)
      }
    }
    stored.withRow { out.write($0, .all, isCurrent: $0.id == grant.callerID) }
  }
}
