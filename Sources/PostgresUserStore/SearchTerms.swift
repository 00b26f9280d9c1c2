internal import Users

/// What a search looks for in an account, as numbers: each run of three scalars of its normalized
/// name and email, each role but the usual one, and each group. One index of arrays finds the
/// accounts that have all of some terms; different terms may have the same number, so the condition
/// itself is tested too.
///
/// The numbers are stored: they must never change.
enum SearchTerms {
  private enum Kind: UInt32 {
    case text = 1
    case role = 2
    case group = 3
  }

  /// The terms of an account, ascending, each once.
  static func all(of row: UserView) -> [Int32] {
    var found = Set(trigrams(of: row.searchName.string))
    if let email = row.searchEmail ?? row.email { found.formUnion(trigrams(of: email.string)) }
    for name in row.roles.strings where name != RoleName.member { found.insert(role(name)) }
    for name in row.autoGroups.strings { found.insert(group(name)) }
    return found.sorted()
  }

  static func role(_ name: String) -> Int32 { hash(.role, name.unicodeScalars) }
  static func group(_ name: String) -> Int32 { hash(.group, name.unicodeScalars) }

  private static func trigrams(of text: String) -> [Int32] {
    let scalars = Array(text.unicodeScalars)
    guard scalars.count >= 3 else { return [] }
    return (0...(scalars.count - 3)).map { hash(.text, scalars[$0..<($0 + 3)]) }
  }

  /// Terms of every text that contains `query`; empty if it is too short for one. Overlapping runs
  /// would exclude few more accounts.
  static func search(_ query: String) -> [Int32] {
    let scalars = Array(query.unicodeScalars)
    guard scalars.count >= 3 else { return [] }
    let last = scalars.count - 3
    let starts = Array(stride(from: 0, to: last, by: 3)) + [last]
    return Set(starts.map { hash(.text, scalars[$0..<($0 + 3)]) }).sorted()
  }

  /// FNV-1a (draft-eastlake-fnv) over the kind and the scalars, four bytes each.
  private static func hash(_ kind: Kind, _ scalars: some Sequence<Unicode.Scalar>) -> Int32 {
    var state: UInt32 = 2_166_136_261
    func mix(_ value: UInt32) {
      for shift: UInt32 in [0, 8, 16, 24] {
        state = (state ^ (value >> shift & 0xFF)) &* 16_777_619
      }
    }
    mix(kind.rawValue)
    for scalar in scalars { mix(scalar.value) }
    return Int32(bitPattern: state)
  }
}
