internal import Contract
internal import JSON

struct DeleteParams: Params {
  let user: UserReference
  let options: MutationOptions

  init(_ v: inout ParamVisitor) {
    user = v.required("user_id", "Id or email of the account.")
    options = MutationOptions(&v)
  }
}

enum Delete<Store: UserStore> {
  static var method: Method<Authorized<Store>> {
    Method(
      "users.delete", "Deletes an account for good, and frees its email.",
      access: .needs(.purge), effect: .destructive, isIdempotent: true, result: .yes
    ) { (params: DeleteParams, grant, out) throws(Failure) in
      let user = try grant.user(params.user)
      if user.id == grant.callerID { throw .ownAccount("delete") }
      try AccountRules.checkTouch(user, grant)
      if user.flags.contains(.internal) { throw .internalUser }
      try params.options.check(user)
      if AccountRules.isActiveOwner(user) { try AccountRules.checkOwnerRemains(grant) }
      if !params.options.isDryRun {
        try grant.store { store throws(StoreError) in try store.remove(StoredUser(user)) }
      }
      out.append("true")
    }
  }
}
