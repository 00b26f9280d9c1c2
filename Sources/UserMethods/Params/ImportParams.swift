internal import Contract

/// An account from an import file: the fields of `users.create`, and the other fields of a record.
///
/// It is large and passed often, so it is a class, to avoid copies.
final class ImportParams: Params {
  let patch: AccountPatch
  let more: ImportedFields

  init(_ v: inout ParamVisitor) {
    patch = AccountPatch(&v, isNew: true)
    more = ImportedFields(&v)
  }
}
