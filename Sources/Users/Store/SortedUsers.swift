internal import Glibc

/// Accounts in the order of one sort, for a store that keeps them in memory.
///
/// A change costs a search and moving the references that lie behind.
struct SortedUsers {
  private let sort: SortKey
  private var users: [StoredUser]

  init(_ users: [StoredUser], by sort: SortKey) {
    self.sort = sort
    self.users = users.sorted { one, other in
      one.withRow { row in
        other.withRow { Place(of: row, by: sort) < Place(of: $0, by: sort) }
      }
    }
  }

  /// `row` is that of `user`.
  mutating func insert(_ user: StoredUser, _ row: UserRow) {
    let place = Place(of: row, by: sort)
    // Most newcomers are the latest by time.
    let isLast = users.last?.withRow { Place(of: $0, by: sort) < place } ?? true
    users.insert(user, at: isLast ? users.count : firstIndex { !($0 < place) })
  }

  mutating func remove(_ row: UserRow) {
    let place = Place(of: row, by: sort)
    users.remove(at: firstIndex { !($0 < place) })
  }

  /// Hands over one page; says whether more would follow.
  func page(_ query: PageQuery, _ body: (UserRow) -> Void) -> Bool {
    let isUp = query.order == .ascending
    var at = isUp ? 0 : users.count - 1
    if var after = query.after {
      at = after.withPlace { place in
        isUp ? firstIndex { place < $0 } : firstIndex { !($0 < place) } - 1
      }
    }
    var skipped = 0
    var count = 0
    while users.indices.contains(at) {
      let isFull = users[at].withRow { row in
        guard query.filter.matches(row) else { return false }
        if skipped < query.offset {
          skipped += 1
          return false
        }
        if count == query.limit { return true }
        count += 1
        body(row)
        return false
      }
      if isFull { return true }
      at += isUp ? 1 : -1
    }
    return false
  }

  /// The first index whose place fulfils what all behind it do too.
  private func firstIndex(where isBehind: (Place) -> Bool) -> Int {
    var (low, high) = (0, users.count)
    while low < high {
      let middle = (low + high) / 2
      let isFound = users[middle].withRow { isBehind(Place(of: $0, by: sort)) }
      if isFound { high = middle } else { low = middle + 1 }
    }
    return low
  }
}

/// As `Position`, with borrowed bytes: quick to make and to compare. No email comes first.
private struct Place {
  let bytes: UnsafeBufferPointer<UInt8>
  let number: Int64
  let key: Int64

  init(bytes: UnsafeBufferPointer<UInt8>, number: Int64, key: Int64) {
    self.bytes = bytes
    self.number = number
    self.key = key
  }

  init(of row: UserRow, by sort: SortKey) {
    switch sort {
    case .createdAt: self.init(bytes: Text.empty.bytes, number: 0, key: row.id.key)
    case .email: self.init(bytes: (row.email ?? .empty).bytes, number: 0, key: row.id.key)
    case .name: self.init(bytes: row.search.bytes, number: 0, key: row.id.key)
    case .updatedAt:
      self.init(bytes: Text.empty.bytes, number: row.updatedAt.milliseconds, key: row.id.key)
    }
  }

  static func < (one: Place, other: Place) -> Bool {
    if one.number != other.number { return one.number < other.number }
    let common = min(one.bytes.count, other.bytes.count)
    if common > 0, let left = one.bytes.baseAddress, let right = other.bytes.baseAddress {
      let order = memcmp(left, right, common)
      if order != 0 { return order < 0 }
    }
    if one.bytes.count != other.bytes.count { return one.bytes.count < other.bytes.count }
    return one.key < other.key
  }
}

extension Position {
  fileprivate mutating func withPlace<R>(_ body: (Place) -> R) -> R {
    let (number, key) = (number, key)
    // What stands for a missing email begins with a space (see `noEmail`).
    if text.utf8.first == UInt8(ascii: " ") {
      return body(Place(bytes: Text.empty.bytes, number: number, key: key))
    }
    return text.withUTF8 { body(Place(bytes: $0, number: number, key: key)) }
  }
}
