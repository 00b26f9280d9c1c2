internal import Contract
internal import JSON

/// Finds the fields in which two records differ. It writes both records and compares the values, so
/// it covers every field that the record declares.
public final class ChangeRecorder {
  /// Fields that are not reported: they never change, change every time, or depend on the reader.
  private static let untold: Set<String> = [
    "id", "created_at", "updated_at", "version", "is_current",
  ]
  private static let isTold = UserView.describedFields.map { !untold.contains($0.name) }
  private static let names = UserView.describedFields.map(\.name)
  /// The text before the value of each field, prepared because a new account reports most fields.
  private static let leads = names.map { Array("\"\($0)\":{\"before\":null,\"after\":".utf8) }
  private static let metadata = names.firstIndex { $0 == "metadata" }

  private var before = FieldRecorder()
  private var after = FieldRecorder()
  private var out = ByteBuffer()

  public init() {}

  /// The changes of a new account: all fields that have a value.
  public func creation(of user: UserView) -> ChangeList {
    after.record(user)
    Self.writeCreation(after, into: &out)
    return ChangeList(text: out.string)
  }

  public func changes(from old: UserView, to new: UserView) -> ChangeList {
    before.record(old)
    after.record(new)
    Self.writeChanges(before, after, into: &out)
    return ChangeList(text: out.string)
  }

  private static func writeCreation(
    _ after: borrowing FieldRecorder, into out: inout ByteBuffer
  ) {
    out.truncate(to: 0)
    out.append("{")
    for at in names.indices where isTold[at] {
      let value = after.field(at)
      if isBlank(value) { continue }
      if out.count > 1 { out.append(",") }
      out.append(contentsOf: leads[at])
      out.append(value)
      out.append("}")
    }
    out.append("}")
  }

  private static func writeChanges(
    _ before: borrowing FieldRecorder, _ after: borrowing FieldRecorder,
    into out: inout ByteBuffer
  ) {
    out.truncate(to: 0)
    out.append("{")
    for at in names.indices where isTold[at] {
      let (old, new) = (before.field(at), after.field(at))
      if old.elementsEqual(new) { continue }
      out.field(names[at])
      if at == metadata {
        writeDifference(old, new, into: &out)
      } else {
        writeChange(old, new, into: &out)
      }
    }
    out.append("}")
  }

  private static func writeChange(
    _ old: UnsafeBufferPointer<UInt8>, _ new: UnsafeBufferPointer<UInt8>,
    into out: inout ByteBuffer
  ) {
    out.append("{\"before\":")
    out.append(old)
    out.append(",\"after\":")
    out.append(new)
    out.append("}")
  }

  /// Writes only what differs between two objects, so that a small change of much metadata makes a
  /// small event.
  private static func writeDifference(
    _ old: UnsafeBufferPointer<UInt8>, _ new: UnsafeBufferPointer<UInt8>,
    into out: inout ByteBuffer
  ) {
    var one = JSONParser()
    var other = JSONParser()
    var before = ByteBuffer()
    var after = ByteBuffer()
    do {
      try before.append(difference: one.parse(old), from: other.parse(new), other: &after)
      writeChange(before.bytes, after.bytes, into: &out)
    } catch {
      // This can't happen: the record's own writer wrote both.
      writeChange(old, new, into: &out)
    }
  }

  /// Whether the value is null, false, [] or {}. No text or number begins with the same bytes.
  private static func isBlank(_ value: UnsafeBufferPointer<UInt8>) -> Bool {
    switch value.first {
    case UInt8(ascii: "n"), UInt8(ascii: "f"): true
    case UInt8(ascii: "["), UInt8(ascii: "{"): value.count == 2
    default: false
    }
  }
}

/// The fields of a record in one buffer, and the end of each.
private struct FieldRecorder: ~Copyable, ResultVisitor {
  private var bytes = ByteBuffer()
  private var ends: [Int] = []

  mutating func record(_ row: UserView) {
    bytes.truncate(to: 0)
    ends.removeAll(keepingCapacity: true)
    row.fields(&self, isCurrent: false)
  }

  mutating func field<T: ResultValue>(_ name: StaticString, _ value: T, _ description: StaticString)
  {
    value.write(into: &bytes)
    ends.append(bytes.count)
  }

  mutating func optional<T: ResultValue>(
    _ name: StaticString, _ value: T?, _ description: StaticString
  ) {
    value?.write(into: &bytes)
    ends.append(bytes.count)
  }

  func field(_ at: Int) -> UnsafeBufferPointer<UInt8> {
    UnsafeBufferPointer(rebasing: bytes.bytes[(at == 0 ? 0 : ends[at - 1])..<ends[at]])
  }
}
