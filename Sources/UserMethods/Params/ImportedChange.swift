internal import Contract

/// The same as `ImportParams`, where it is to change an account that is there.
struct ImportedChange: Params {
  let patch: AccountPatch
  let more: ImportedMembers

  init(_ v: inout ParamVisitor) {
    patch = AccountPatch(&v, isNew: false)
    more = ImportedMembers(&v)
  }
}
