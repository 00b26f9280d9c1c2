internal import Contract
internal import Users

/// Whom the rows of a file are about, so that two people of one email are told from one person twice.
///
/// It remembers hashes of as many as it may, and none of those that come later.
struct NamedRows {
  private static let namesMax = 1 << 20

  /// What a row is known by.
  struct Names {
    fileprivate var email: Name?
    fileprivate var id: Name?
  }

  fileprivate struct Name {
    let column: StaticString
    let hash: UInt64
    /// What tells people of one name apart; 0 where the row does not say it.
    let person: UInt32
  }

  private struct Entry {
    let number: UInt32
    let person: UInt32
  }

  private var entries: [UInt64: Entry] = [:]

  static func names(of row: ImportRow) -> Names {
    var names = Names()
    // The email of who is gone is free.
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

  /// Refuses a row that has the email, username or id of an earlier one, and is about somebody else.
  func check(_ names: Names, at place: RowPlace) throws(Failure) {
    try check(names.email, "name", place)
    try check(names.id, "email", place)
  }

  private func check(
    _ name: Name?, _ other: StaticString, _ place: RowPlace
  ) throws(Failure) {
    guard let name, let entry = entries[name.hash], entry.person != 0, name.person != 0,
      entry.person != name.person
    else { return }
    let earlier = "\(place.word) \(entry.number)"
    throw .invalidParams([
      .init("/\(name.column)", "is also that of \(earlier), which has another \(other)")
    ])
  }

  mutating func note(_ names: Names, at place: RowPlace) {
    note(names.email, place)
    note(names.id, place)
  }

  private mutating func note(_ name: Name?, _ place: RowPlace) {
    guard let name, entries.count < Self.namesMax else { return }
    let entry = Entry(number: UInt32(clamping: place.number), person: name.person)
    // The first counts.
    if entries[name.hash] == nil { entries[name.hash] = entry }
  }

  private static func person(_ text: String?) -> UInt32 {
    text.map { UInt32(truncatingIfNeeded: hash($0, "person") >> 32) | 1 } ?? 0
  }

  /// FNV-1a, without regard to the case of ASCII. Nobody gains by texts that share one.
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
