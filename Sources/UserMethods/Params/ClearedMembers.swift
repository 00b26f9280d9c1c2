internal import Contract
internal import JSON

/// Names of members that can be cleared.
struct ClearedMembers: ParamValue {
  let names: [String]

  private static let length = 0...AccountPatch.clearableNames.count
  static var shape: Shape { .array(.words(AccountPatch.clearableNames), length: length) }
  static var placeholder: ClearedMembers { ClearedMembers(names: []) }

  private init(names: [String]) { self.names = names }

  init(_ json: JSONValue) throws(Mismatch) {
    names = try json.decodedElements(length: Self.length) {
      (element) throws(Mismatch) -> String in
      let clearable = AccountPatch.clearableNames
      guard let name = element.string else { throw Mismatch("must be a string") }
      // As records have it.
      if name == "organization_id" { return "org_id" }
      if clearable.contains(name) { return name }
      throw Mismatch("can't be cleared; these can: \(clearable.joined(separator: ", "))")
    }
  }
}
