internal import Contract
internal import JSON
internal import Users

/// The id of an account that Roster has exported.
struct ImportedID: ParamValue {
  let id: UserID

  static var schema: Schema { UserID.schema }
  static var placeholder: ImportedID { ImportedID(id: UserID(key: 0, tail: 0)) }

  private init(id: UserID) { self.id = id }

  init(_ json: JSONValue) throws(InvalidValue) {
    guard let id = json.string.flatMap({ UserID($0) }) else {
      throw InvalidValue(
        "must be a UUIDv7, as Roster exports it; another system's id can go to the metadata, by "
          + "--map 'metadata.old_id={id}'")
    }
    self.id = id
  }
}
