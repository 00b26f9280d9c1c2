internal import Contract
internal import Users

/// The emails, usernames and ids in the rows of a file. They show whether two rows with one email
/// are two people, or one person twice.
///
/// It stores hashes of the first `namesMax` names and ignores later ones.
struct NamedRows {
  private static let namesMax = 1 << 20

  /// The names of a row.
  struct Names {
    fileprivate var email: Name?
    fileprivate var id: Name?
  }

  fileprivate struct Name {
    let column: StaticString
    let hash: UInt64
    /// A hash that distinguishes people with the same name; 0 if the row does not contain it.
    let person: UInt32
  }

  private struct Entry {
    let number: UInt32
    let person: UInt32
  }

  private var entries: [UInt64: Entry] = [:]

  static func names(of row: ImportRow) -> Names {
    var names = Names()
    // A deleted account does not own its email.
    guard !row.more.isDeleted, let named = row.named else { return names }
    let key = (named.email ?? named.username).map { IdentityKey.of($0) }
    if let key {
      let column: StaticString = named.email == nil ? "username" : "email"
      names.email = Name(column: column, hash: hash(key, column), person: person(named.name))
    }
    if let id = row.more.id {
      names.id = Name(column: "id", hash: hash(id.text, "id"), person: person(key))
    }
    return names
  }

  /// Refuses a row whose email, username or id belongs to another person in an earlier row.
  func check(_ names: Names, at location: RowLocation) throws(Failure) {
    try check(names.email, "name", location)
    try check(names.id, "email", location)
  }

  private func check(
    _ name: Name?, _ other: StaticString, _ location: RowLocation
  ) throws(Failure) {
    guard let name, let entry = entries[name.hash], entry.person != 0, name.person != 0,
      entry.person != name.person
    else { return }
    let earlier = "\(location.word) \(entry.number)"
    throw .invalidParams([
      .init("/\(name.column)", "is also in \(earlier), with another \(other)")
    ])
  }

  mutating func note(_ names: Names, at location: RowLocation) {
    note(names.email, location)
    note(names.id, location)
  }

  private mutating func note(_ name: Name?, _ location: RowLocation) {
    guard let name, entries.count < Self.namesMax else { return }
    let entry = Entry(number: UInt32(clamping: location.number), person: name.person)
    // The first row with this name is kept.
    if entries[name.hash] == nil { entries[name.hash] = entry }
  }

  private static func person(_ text: String?) -> UInt32 {
    text.map { UInt32(truncatingIfNeeded: hash($0, "person") >> 32) | 1 } ?? 0
  }

  /// FNV-1a, ignoring ASCII case. An attacker gains nothing from collisions.
  private static func hash(_ text: String, _ column: StaticString) -> UInt64 {
    let seed = 0xCBF2_9CE4_8422_2325 ^ UInt64(column.utf8CodeUnitCount)
    var text = text
    return text.withUTF8 { bytes in
      var hash = seed
      for byte in bytes {
        let isCapital = byte &- UInt8(ascii: "A") < 26
        hash = (hash ^ UInt64(isCapital ? byte | 0x20 : byte)) &* 0x100_0000_01B3
      }
      return hash
    }
  }
}
