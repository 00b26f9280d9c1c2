public import Contract
public import JSON

/// The fields of a record that a caller requested.
public struct Projection: ParamValue, Sendable {
  /// Bit n stands for the n-th field of the record.
  let mask: UInt64

  public static let all = Projection(mask: .max)
  /// The fields that agents get unless they request more, because a model reads all that it
  /// receives.
  public static let essential = Projection(
    mask: names.enumerated().reduce(0) { mask, field in
      essentialNames.contains(field.element.description) ? mask | 1 << UInt64(field.offset) : mask
    })
  fileprivate static let essentialNames = [
    "id", "email", "name", "organization_id", "roles", "status", "version",
  ]
  public static var placeholder: Projection { .all }
  public static var schema: Schema {
    .array(.enumeration(names.map(\.description)), length: 1...names.count)
  }

  private init(mask: UInt64) { self.mask = mask }

  public init(_ json: JSONValue) throws(InvalidValue) {
    let bits = try json.decodedElements(length: 1...Self.names.count) {
      (element) throws(InvalidValue) -> Int in
      if let bit = element.position(in: Self.names) { return bit }
      guard let name = element.string else { throw InvalidValue("must be a string") }
      let nearest = Spelling.nearest(to: name, in: Self.names.map(\.description))
      throw InvalidValue(
        "is not a field of a user" + (nearest.map { "; did you mean \"\($0)\"?" } ?? ""))
    }
    mask = bits.reduce(0) { $0 | 1 << UInt64($1) }
  }

  static let names: [StaticString] = {
    var list = NameList()
    UserView.blank.fields(&list, isCurrent: false)
    return list.names
  }()
}

/// Collects the names of the fields.
private struct NameList: ResultVisitor {
  var names: [StaticString] = []

  mutating func field<T: ResultValue>(_ name: StaticString, _ value: T, _ description: StaticString)
  {
    names.append(name)
  }

  mutating func optional<T: ResultValue>(
    _ name: StaticString, _ value: T?, _ description: StaticString
  ) {
    names.append(name)
  }
}

extension UserView {
  /// The fields of the record as documents describe them.
  public static var describedFields: [Field] {
    var describer = ResultDescriber()
    var sample = UserView.blank
    // An account without a username shows its id there; the sample must not describe the field as
    // an id.
    sample.username = .empty
    sample.fields(&describer, isCurrent: false)
    return describer.fields.map { field in
      var field = field
      field.isEssential = Projection.essentialNames.contains(field.name)
      return field
    }
  }
}

extension ByteBuffer {
  /// Writes the fields of a record that `projection` contains.
  public mutating func write(_ row: UserView, _ projection: Projection, isCurrent: Bool) {
    append(UInt8(ascii: "{"))
    if projection.mask == .max {
      row.fields(&self, isCurrent: isCurrent)
    } else {
      withUnsafeMutablePointer(to: &self) { out in
        var visitor = ProjectingWriter(out: out, mask: projection.mask)
        row.fields(&visitor, isCurrent: isCurrent)
      }
    }
    append(UInt8(ascii: "}"))
  }
}

/// Writes the fields whose bit is set. Valid only while it borrows the buffer.
private struct ProjectingWriter: ResultVisitor {
  let out: UnsafeMutablePointer<ByteBuffer>
  var mask: UInt64

  mutating func field<T: ResultValue>(_ name: StaticString, _ value: T, _ description: StaticString)
  {
    if mask & 1 == 1 { out.pointee.field(name, value, description) }
    mask >>= 1
  }

  mutating func optional<T: ResultValue>(
    _ name: StaticString, _ value: T?, _ description: StaticString
  ) {
    if let value { field(name, value, description) } else { mask >>= 1 }
  }
}
