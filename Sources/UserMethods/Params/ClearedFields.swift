internal import Contract
internal import JSON

/// Names of fields to clear.
struct ClearedFields: ParamValue {
  let names: [String]

  private static let length = 0...AccountPatch.clearableNames.count
  static var schema: Schema { .array(.enumeration(AccountPatch.clearableNames), length: length) }
  static var placeholder: ClearedFields { ClearedFields(names: []) }

  private init(names: [String]) { self.names = names }

  init(_ json: JSONValue) throws(InvalidValue) {
    names = try json.decodedElements(length: Self.length) {
      (element) throws(InvalidValue) -> String in
      let clearable = AccountPatch.clearableNames
      guard let name = element.string else { throw InvalidValue("must be a string") }
      // The field's name in records.
      if name == "organization_id" { return "org_id" }
      if clearable.contains(name) { return name }
      throw InvalidValue("can't be cleared; these can: \(clearable.joined(separator: ", "))")
    }
  }
}
