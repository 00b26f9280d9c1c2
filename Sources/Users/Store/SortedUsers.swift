internal import Glibc

/// Accounts in one sort order, for a store that keeps them in memory.
///
/// A change takes a binary search, and moves the references after the changed one.
struct SortedUsers {
  private let sort: SortKey
  private var users: [PackedUser]

  init(_ users: [PackedUser], by sort: SortKey) {
    self.sort = sort
    // Each row is read once: comparing a million accounts reads each forty times. What is moved is
    // small, and most comparisons need nothing else.
    let keys = users.map { user in user.withRow { OrderKey(of: $0, by: sort) } }
    var places = keys.indices.map { (rank: keys[$0].rank, at: $0) }
    places.sort { one, other in
      one.rank == other.rank ? keys[one.at] < keys[other.at] : one.rank < other.rank
    }
    // The keys borrow texts of the accounts.
    self.users = withExtendedLifetime(users) { places.map { users[$0.at] } }
  }

  /// `row` is the view of `user`.
  mutating func insert(_ user: PackedUser, _ row: UserView) {
    let orderKey = OrderKey(of: row, by: sort)
    // Most new accounts are the latest by time.
    let isLast = users.last?.withRow { OrderKey(of: $0, by: sort) < orderKey } ?? true
    users.insert(user, at: isLast ? users.count : firstIndex { !($0 < orderKey) })
  }

  mutating func remove(_ row: UserView) {
    let orderKey = OrderKey(of: row, by: sort)
    users.remove(at: firstIndex { !($0 < orderKey) })
  }

  /// Passes one page to `body`; returns whether more accounts follow.
  func page(_ query: PageQuery, _ body: (UserView) -> Void) -> Bool {
    let isUp = query.order == .ascending
    var at = isUp ? 0 : users.count - 1
    if let after = query.after {
      at = after.withOrderKey(by: sort) { orderKey in
        isUp ? firstIndex { orderKey < $0 } : firstIndex { !($0 < orderKey) } - 1
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

  /// The first index whose order key fulfils a condition. All later indices must fulfil it too.
  private func firstIndex(where isBehind: (OrderKey) -> Bool) -> Int {
    var (low, high) = (0, users.count)
    while low < high {
      let middle = (low + high) / 2
      let isFound = users[middle].withRow { isBehind(OrderKey(of: $0, by: sort)) }
      if isFound { high = middle } else { low = middle + 1 }
    }
    return low
  }
}

/// A `Position` with borrowed bytes, quick to make and to compare. A missing email comes first.
private struct OrderKey {
  /// The number that sorts, or the first eight bytes of the text that does: most texts differ in
  /// them.
  let rank: UInt64
  private let name: UnsafeBufferPointer<UInt8>
  private let email: UnsafeBufferPointer<UInt8>
  private let key: Int64

  init(number: Int64, key: Int64) {
    self.key = key
    (name, email) = (BorrowedText.empty.bytes, BorrowedText.empty.bytes)
    rank = UInt64(bitPattern: number ^ .min)
  }

  init(email: BorrowedText?, key: Int64) {
    (name, self.key) = (BorrowedText.empty.bytes, key)
    self.email = (email ?? .empty).bytes
    rank = Self.start(of: self.email)
  }

  init(name: BorrowedText, email: BorrowedText?, key: Int64) {
    (self.name, self.key) = (name.bytes, key)
    self.email = (email ?? .empty).bytes
    rank = Self.start(of: self.name)
  }

  /// As a number that sorts as the bytes do, filled up with zeros, which no text contains.
  private static func start(of bytes: UnsafeBufferPointer<UInt8>) -> UInt64 {
    if bytes.count >= 8, let first = bytes.baseAddress {
      return UnsafeRawPointer(first).loadUnaligned(as: UInt64.self).bigEndian
    }
    return bytes.reduce(0) { $0 << 8 | UInt64($1) } << (64 - 8 * UInt64(max(bytes.count, 1)))
  }

  init(of row: UserView, by sort: SortKey) {
    let key = row.id.key
    switch sort {
    case .createdAt: self.init(number: key, key: key)
    case .email: self.init(email: row.email, key: key)
    case .name: self.init(name: row.searchName, email: row.email, key: key)
    case .updatedAt: self.init(number: row.updatedAt.milliseconds, key: key)
    }
  }

  static func < (one: OrderKey, other: OrderKey) -> Bool {
    if one.rank != other.rank { return one.rank < other.rank }
    let byName = compare(one.name, other.name)
    if byName != 0 { return byName < 0 }
    let byEmail = compare(one.email, other.email)
    return byEmail != 0 ? byEmail < 0 : one.key < other.key
  }

  /// Negative if `one` comes before `other` in the order of their bytes.
  private static func compare(
    _ one: UnsafeBufferPointer<UInt8>, _ other: UnsafeBufferPointer<UInt8>
  ) -> Int {
    let common = min(one.count, other.count)
    if common > 0, let left = one.baseAddress, let right = other.baseAddress {
      let order = memcmp(left, right, common)
      if order != 0 { return Int(order) }
    }
    return one.count - other.count
  }
}

extension Position {
  fileprivate func withOrderKey<R>(by sort: SortKey, _ body: (OrderKey) -> R) -> R {
    var (name, email) = sort == .name ? nameAndEmail : ("", text)
    // The text for a missing email begins with a space (see `noEmail`).
    if email.utf8.first == UInt8(ascii: " ") { email = "" }
    return name.withUTF8 { name in
      email.withUTF8 { email in
        switch sort {
        case .createdAt: body(OrderKey(number: key, key: key))
        case .updatedAt: body(OrderKey(number: number, key: key))
        case .email: body(OrderKey(email: BorrowedText(email), key: key))
        case .name:
          body(OrderKey(name: BorrowedText(name), email: BorrowedText(email), key: key))
        }
      }
    }
  }
}
