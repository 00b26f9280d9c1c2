extension UserRow {
  /// A number that follows from all of the row: a store that keeps it beside the row notices when a
  /// disk gives back something else. No single changed bit goes unnoticed. Against mistakes, not
  /// against people.
  @inline(__always)
  public var seal: Int64 {
    var mix = Mix()
    mix.add(id.key)
    mix.add(id.tail)
    mix.add(Int64(flags.rawValue))
    mix.add(Int64(version))
    mix.add(updatedAt.milliseconds)
    mix.add(lastLogin?.milliseconds ?? -1)
    mix.add(deletedAt?.milliseconds ?? -1)
    mix.add(name.bytes)
    mix.add(search.bytes)
    mix.add(roles.bytes)
    mix.add(autoGroups.bytes)
    mix.add(metadata?.bytes ?? Text.empty.bytes)
    mix.add(email)
    mix.add(username)
    mix.add(organizationID)
    mix.add(avatarURL)
    mix.add(company)
    mix.add(jobTitle)
    mix.add(oauthProvider)
    mix.add(oauthID)
    return Int64(bitPattern: mix.state)
  }
}

/// Every step can be undone, so different inputs of one length give different states.
private struct Mix {
  private(set) var state: UInt64 = 0x9E37_79B9_7F4A_7C15

  @inline(__always)
  mutating func add(_ value: Int64) {
    state = (state ^ UInt64(bitPattern: value)) &* 0xBF58_476D_1CE4_E5B9
    state ^= state >> 32
  }

  @inline(__always)
  mutating func add(_ text: Text?) { add((text ?? .empty).bytes) }

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

/// As `UserRow.seal`, of what is not read by the thousand.
public enum Seal {
  public static func of(_ numbers: [Int64], _ texts: [String], _ bytes: [UInt8]) -> Int64 {
    var mix = Mix()
    for number in numbers { mix.add(number) }
    for var text in texts { text.withUTF8 { mix.add($0) } }
    bytes.withUnsafeBufferPointer { mix.add($0) }
    return Int64(bitPattern: mix.state)
  }
}
