public import Contract
public import JSON

/// Which members of a record a caller asked for.
public struct Projection: ParamValue, Sendable {
  /// Bit n stands for the n-th member of the record.
  let mask: UInt64

  public static let all = Projection(mask: .max)
  /// What agents get unless they ask for more: models read all that they are told.
  public static let essential = Projection(
    mask: names.enumerated().reduce(0) { mask, member in
      essentialNames.contains(member.element) ? mask | 1 << UInt64(member.offset) : mask
    })
  fileprivate static let essentialNames = [
    "id", "email", "name", "organization_id", "roles", "status", "version",
  ]
  public static var placeholder: Projection { .all }
  public static var shape: Shape {
    .array(.words(names), length: 1...names.count)
  }

  private init(mask: UInt64) { self.mask = mask }

  public init(_ json: JSONValue) throws(Mismatch) {
    let bits = try json.decodedElements(length: 1...Self.names.count) {
      (element) throws(Mismatch) -> Int in
      guard let name = element.string else { throw Mismatch("must be a string") }
      if let bit = Self.names.firstIndex(of: name) { return bit }
      let nearest = Spelling.nearest(to: name, in: Self.names).map { "; did you mean \"\($0)\"?" }
      throw Mismatch("is not a field of a user" + (nearest ?? ""))
    }
    mask = bits.reduce(0) { $0 | 1 << UInt64($1) }
  }

  static let names: [String] = UserRow.describedFields.map(\.name)
}

extension UserRow {
  /// The record as documents describe it.
  public static var describedFields: [Field] {
    var describer = ResultDescriber()
    var sample = UserRow.blank
    // Without one of its own an account shows its id there, which is no rule for the others.
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
  /// Writes a record, or what `projection` keeps of it.
  public mutating func write(_ row: UserRow, _ projection: Projection, isCurrent: Bool) {
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

/// Writes the members whose bit is set. Lives only while the buffer is lent to it.
private struct ProjectingWriter: ResultVisitor {
  let out: UnsafeMutablePointer<ByteBuffer>
  var mask: UInt64

  mutating func field<T: ResultValue>(_ name: StaticString, _ value: T, _ about: StaticString) {
    if mask & 1 == 1 { out.pointee.field(name, value, about) }
    mask >>= 1
  }

  mutating func optional<T: ResultValue>(
    _ name: StaticString, _ value: T?, _ about: StaticString
  ) {
    if let value { field(name, value, about) } else { mask >>= 1 }
  }
}
