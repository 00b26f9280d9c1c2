internal import Glibc

/// Accounts in one sort order, for a store that keeps them in memory.
///
/// A change takes a binary search, and moves the references after the changed one.
struct SortedUsers {
  private let sort: SortKey
  private var users: [PackedUser]

  init(_ users: [PackedUser], by sort: SortKey) {
    self.sort = sort
    self.users = users.sorted { one, other in
      one.withRow { row in
        other.withRow { OrderKey(of: row, by: sort) < OrderKey(of: $0, by: sort) }
      }
    }
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
    if var after = query.after {
      at = after.withOrderKey { orderKey in
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
  let bytes: UnsafeBufferPointer<UInt8>
  let number: Int64
  let key: Int64

  init(bytes: UnsafeBufferPointer<UInt8>, number: Int64, key: Int64) {
    self.bytes = bytes
    self.number = number
    self.key = key
  }

  init(of row: UserView, by sort: SortKey) {
    switch sort {
    case .createdAt: self.init(bytes: BorrowedText.empty.bytes, number: 0, key: row.id.key)
    case .email: self.init(bytes: (row.email ?? .empty).bytes, number: 0, key: row.id.key)
    case .name: self.init(bytes: row.search.bytes, number: 0, key: row.id.key)
    case .updatedAt:
      self.init(
        bytes: BorrowedText.empty.bytes, number: row.updatedAt.milliseconds, key: row.id.key)
    }
  }

  static func < (one: OrderKey, other: OrderKey) -> Bool {
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
  fileprivate mutating func withOrderKey<R>(_ body: (OrderKey) -> R) -> R {
    let (number, key) = (number, key)
    // The text for a missing email begins with a space (see `noEmail`).
    if text.utf8.first == UInt8(ascii: " ") {
      return body(OrderKey(bytes: BorrowedText.empty.bytes, number: number, key: key))
    }
    return text.withUTF8 { body(OrderKey(bytes: $0, number: number, key: key)) }
  }
}
