extension UserView {
  /// A checksum of the whole row: a store that keeps it beside the row detects that a disk returned
  /// other data. It detects every change of a single bit. It protects against faults, not against
  /// attackers.
  @inline(__always)
  public var checksum: Int64 {
    var hasher = ColumnHasher()
    var row = self
    row.columns(&hasher)
    return Int64(bitPattern: hasher.mix.state)
  }
}

private struct ColumnHasher: ColumnVisitor {
  /// The number of columns when checksums were introduced. The checksum includes later columns only
  /// if they have a value, so that the checksums of older rows stay valid.
  private static let firstCount = 20

  var mix = Mix()
  private var at = 2

  @inline(__always)
  mutating func id(_ value: inout UserID) {
    mix.add(value.key)
    mix.add(value.tail)
  }

  @inline(__always)
  mutating func column<T: NumberColumn>(_ name: StaticString, _ value: inout T) {
    let number = value.column
    if takes(number != nil) { mix.add(number ?? -1) }
  }

  @inline(__always)
  mutating func column<T: TextColumn>(_ name: StaticString, _ value: inout T) {
    let text = value.column
    if takes(text != nil) { mix.add(text ?? BorrowedText.empty.bytes) }
  }

  @inline(__always)
  private mutating func takes(_ isThere: Bool) -> Bool {
    at &+= 1
    if at <= Self.firstCount { return true }
    if isThere { mix.add(Int64(at)) }
    return isThere
  }
}

/// Every step is reversible, so two inputs that differ in exactly one value give different states.
private struct Mix {
  private(set) var state: UInt64 = 0x9E37_79B9_7F4A_7C15

  @inline(__always)
  mutating func add(_ value: Int64) {
    state = (state ^ UInt64(bitPattern: value)) &* 0xBF58_476D_1CE4_E5B9
    state ^= state >> 32
  }

  @inline(__always)
  mutating func add(_ bytes: UnsafeBufferPointer<UInt8>) {
    add(Int64(bytes.count))
    guard let start = bytes.baseAddress else { return }
    var at = 0
    while at &+ 8 <= bytes.count {
      add(UnsafeRawPointer(start + at).loadUnaligned(as: Int64.self).littleEndian)
      at &+= 8
    }
    while at < bytes.count {
      add(Int64(start[at]))
      at &+= 1
    }
  }
}

/// The same checksum as `UserView.checksum`, in a slower form for data that is read in small
/// amounts.
public enum Checksum {
  public static func of(_ numbers: [Int64], _ texts: [String], _ bytes: [UInt8]) -> Int64 {
    var mix = Mix()
    for number in numbers { mix.add(number) }
    for var text in texts { text.withUTF8 { mix.add($0) } }
    bytes.withUnsafeBufferPointer { mix.add($0) }
    return Int64(bitPattern: mix.state)
  }
}
