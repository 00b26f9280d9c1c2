internal import Glibc

/// Accounts in one sort order, for a store that keeps them in memory.
///
/// A change takes a binary search, and moves the references after the changed one.
struct SortedUsers {
  private let sort: SortKey
  private(set) var users: [PackedUser]

  /// `users` must be in the order of creation. They also lie so in memory, which is then read
  /// quickly.
  init(_ users: [PackedUser], by sort: SortKey) {
    self.sort = sort
    if sort == .createdAt {
      self.users = users
      return
    }
    // Each row is read once: comparing a million accounts reads each forty times.
    let keys = users.map { user in user.withRow { OrderKey(of: $0, by: sort) } }
    var places = keys.indices.map { Place(word: keys[$0].rank, at: $0) }
    places.withUnsafeMutableBufferPointer { Self.sort($0, by: keys, word: 0) }
    // The keys borrow texts of the accounts.
    self.users = withExtendedLifetime(users) { places.map { users[$0.at] } }
  }

  /// The index of an account, with one word of its order key.
  private struct Place {
    var word: UInt64
    let at: Int
  }

  /// Sorts `places` by the words of their keys, from the one with this number, which they hold. So
  /// a text is read again only where its words so far equal another's, and once for each word.
  private static func sort(
    _ places: UnsafeMutableBufferPointer<Place>, by keys: [OrderKey], word number: Int
  ) {
    var places = places
    places.sort { $0.word < $1.word }
    var start = 0
    while start < places.count {
      var end = start + 1
      while end < places.count, places[end].word == places[start].word { end += 1 }
      if end - start > 1 {
        let equal = UnsafeMutableBufferPointer(rebasing: places[start..<end])
        for at in equal.indices { equal[at].word = keys[equal[at].at].word(number + 1) ?? 0 }
        if keys[equal[0].at].word(number + 1) != nil { sort(equal, by: keys, word: number + 1) }
      }
      start = end
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
  /// The number that sorts, or the first word of the text that does.
  let rank: UInt64
  private let text: UnsafeBufferPointer<UInt8>
  private let secondText: UnsafeBufferPointer<UInt8>
  private let key: Int64

  init(number: Int64, key: Int64) {
    rank = UInt64(bitPattern: number ^ .min)
    (text, secondText) = (BorrowedText.empty.bytes, BorrowedText.empty.bytes)
    self.key = key
  }

  init(_ text: BorrowedText, then secondText: BorrowedText = .empty, key: Int64) {
    rank = Self.word(0, of: text.bytes)
    (self.text, self.secondText) = (text.bytes, secondText.bytes)
    self.key = key
  }

  init(of row: UserView, by sort: SortKey) {
    let key = row.id.key
    switch sort {
    case .createdAt: self.init(number: key, key: key)
    case .email: self.init(row.email ?? .empty, key: key)
    case .name: self.init(row.searchName, then: row.email ?? .empty, key: key)
    case .updatedAt: self.init(number: row.updatedAt.milliseconds, key: key)
    }
  }

  /// Keys sort as their words do, compared one after another; nil behind the last one. Keys with
  /// equal words up to some number have equally many words.
  func word(_ number: Int) -> UInt64? {
    if number == 0 { return rank }
    let words = Self.words(of: text)
    if number < words { return Self.word(number, of: text) }
    let all = words + Self.words(of: secondText)
    if number < all { return Self.word(number - words, of: secondText) }
    return number == all ? UInt64(bitPattern: key ^ .min) : nil
  }

  /// The last word of a text holds at least one zero, which no text contains.
  private static func words(of bytes: UnsafeBufferPointer<UInt8>) -> Int { bytes.count / 8 + 1 }

  /// Eight bytes as a number that sorts as they do, filled up with zeros.
  private static func word(_ number: Int, of bytes: UnsafeBufferPointer<UInt8>) -> UInt64 {
    let rest = bytes.dropFirst(8 * number).prefix(8)
    if rest.count == 8, let start = bytes.baseAddress {
      return UnsafeRawPointer(start + 8 * number).loadUnaligned(as: UInt64.self).bigEndian
    }
    return rest.reduce(0) { $0 << 8 | UInt64($1) } << (64 - 8 * UInt64(max(rest.count, 1)))
  }

  static func < (one: OrderKey, other: OrderKey) -> Bool {
    if one.rank != other.rank { return one.rank < other.rank }
    let byText = compare(one.text, other.text)
    if byText != 0 { return byText < 0 }
    let bySecond = compare(one.secondText, other.secondText)
    return bySecond != 0 ? bySecond < 0 : one.key < other.key
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
        case .email: body(OrderKey(BorrowedText(email), key: key))
        case .name: body(OrderKey(BorrowedText(name), then: BorrowedText(email), key: key))
        }
      }
    }
  }
}
