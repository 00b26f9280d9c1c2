internal import Contract

/// An account as a file brings it: what `users.create` takes, and what a record tells besides.
struct ImportParams: Params {
  let patch: AccountPatch
  let more: ImportedMembers

  init(_ v: inout ParamVisitor) {
    patch = AccountPatch(&v, isNew: true)
    more = ImportedMembers(&v)
  }
}
