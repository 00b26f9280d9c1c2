internal import Contract

/// An account as a file brings it: what `users.create` takes, and what a record tells besides.
///
/// It is large and handed on often: an object, so that nobody copies it.
final class ImportParams: Params {
  let patch: AccountPatch
  let more: ImportedMembers

  init(_ v: inout ParamVisitor) {
    patch = AccountPatch(&v, isNew: true)
    more = ImportedMembers(&v)
  }
}
