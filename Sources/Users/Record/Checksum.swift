/// Checksums of stored data. A store that keeps one beside the data detects that a disk returned
/// other data. They protect against faults, not against attackers.
public enum Checksum {
  public static func of(_ numbers: [Int64], _ texts: [String], _ bytes: [UInt8]) -> Int64 {
    var mix = Mix()
    for number in numbers { mix.add(number) }
    for var text in texts { text.withUTF8 { mix.add($0) } }
    bytes.withUnsafeBufferPointer { mix.add($0) }
    return mix.value
  }

  /// A checksum of values that are added one after the other. Every step is reversible, so two
  /// inputs that differ in exactly one value give different checksums.
  public struct Mix {
    private var state: UInt64 = 0x9E37_79B9_7F4A_7C15

    public init() {}

    public var value: Int64 { Int64(bitPattern: state) }

    @inline(__always)
    public mutating func add(_ value: Int64) {
      state = (state ^ UInt64(bitPattern: value)) &* 0xBF58_476D_1CE4_E5B9
      state ^= state >> 32
    }

    @inline(__always)
    public mutating func add(_ bytes: UnsafeBufferPointer<UInt8>) {
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
}
