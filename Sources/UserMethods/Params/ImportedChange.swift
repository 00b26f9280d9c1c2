internal import Contract

/// The fields of `ImportParams`, for a change of an existing account.
struct ImportedChange: Params {
  let patch: AccountPatch
  let more: ImportedFields

  init(_ v: inout ParamVisitor) {
    patch = AccountPatch(&v, isNew: false)
    more = ImportedFields(&v)
  }
}
