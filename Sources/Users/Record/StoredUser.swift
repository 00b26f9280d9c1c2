internal import JSON

/// An account in one block of memory, in the form in which rows are handed over.
public final class StoredUser {
  public let id: UserID
  private let block: ByteBlock
  /// Its texts lie in `block`: valid as long as somebody holds this object.
  private let row: UserRow

  public init(_ user: User) {
    var block = ByteBlock(capacity: user.textByteCount)
    var row = UserRow(
      id: user.id, name: block.put(user.name), flags: user.flags, updatedAt: user.updatedAt,
      version: user.version)
    row.email = block.put(user.email)
    row.username = user.username == user.defaultUsername ? nil : block.put(user.username)
    row.organizationID = block.put(user.organizationID)
    row.roles = TextList(packed: block.put(TextList.pack(user.roles)).bytes)
    row.avatarURL = block.put(user.avatarURL)
    row.company = block.put(user.company)
    row.jobTitle = block.put(user.jobTitle)
    row.metadata = user.metadata == "{}" ? nil : RawObject(block.put(user.metadata).bytes)
    row.autoGroups = TextList(packed: block.put(TextList.pack(user.autoGroups)).bytes)
    row.oauthProvider = block.put(user.oauthProvider)
    row.oauthID = block.put(user.oauthID)
    row.lastLogin = user.lastLogin
    row.deletedAt = user.deletedAt
    row.search = block.put(user.searchText)
    id = user.id
    self.row = row
    self.block = block
  }

  deinit { block.deallocate() }

  /// Lends the row: the object stays at least as long as `body` runs.
  public func withRow<R, E: Error>(_ body: (UserRow) throws(E) -> R) throws(E) -> R {
    try withExtendedLifetime(self) { (user: StoredUser) throws(E) in try body(user.row) }
  }
}

extension User {
  public init(_ stored: StoredUser) { self = stored.withRow { User($0) } }

  /// Folded name, line feed, folded email. A name holds no line feed, so sorting by this text sorts
  /// by name, then email.
  var searchText: String { Fold.searchable(name) + "\n" + Fold.searchable(email ?? "") }

  /// At least what the texts take; folding lengthens some characters to three times their bytes.
  fileprivate var textByteCount: Int {
    let optional = [email, organizationID, avatarURL, company, jobTitle, oauthProvider, oauthID]
    var count = optional.reduce(0) { $0 + ($1?.utf8.count ?? 0) }
    count += name.utf8.count * 4 + username.utf8.count + metadata.utf8.count
    count += (email?.utf8.count ?? 0) * 3 + 8
    for entry in roles + autoGroups { count += entry.utf8.count + 2 }
    return count
  }
}

/// Memory that texts are put into one behind the other and that never moves.
private struct ByteBlock {
  private let base: UnsafeMutablePointer<UInt8>
  private let capacity: Int
  private var count = 0

  init(capacity: Int) {
    self.capacity = capacity
    base = .allocate(capacity: max(capacity, 1))
  }

  func deallocate() { base.deallocate() }

  mutating func put(_ text: String) -> Text {
    var text = text
    return text.withUTF8 { bytes in
      precondition(bytes.count <= capacity - count)
      let start = base + count
      if let source = bytes.baseAddress { start.update(from: source, count: bytes.count) }
      count += bytes.count
      return Text(UnsafeBufferPointer(start: start, count: bytes.count))
    }
  }

  mutating func put(_ text: String?) -> Text? { text.map { put($0) } }
}
