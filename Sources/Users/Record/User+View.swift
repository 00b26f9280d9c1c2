// Converts between an account and its row, using one list of pairs of fields.
extension User {
  /// Unpacking a row, packing an account and measuring it use this list. The conversions below
  /// handle username and metadata, which are nil in a row if they have their default value.
  @inline(__always)
  fileprivate static func fields<V: FieldVisitor>(
    _ user: inout User, _ row: inout UserView, _ v: inout V
  ) {
    v.same(&user.flags, &row.flags)
    v.same(&user.lastLogin, &row.lastLogin)
    v.same(&user.updatedAt, &row.updatedAt)
    v.same(&user.deletedAt, &row.deletedAt)
    v.same(&user.version, &row.version)
    v.packed(&user.email, &row.email)
    v.packed(&user.name, &row.name)
    v.packed(&user.organizationID, &row.organizationID)
    v.packed(&user.roles, &row.roles)
    v.packed(&user.avatarURL, &row.avatarURL)
    v.packed(&user.company, &row.company)
    v.packed(&user.jobTitle, &row.jobTitle)
    v.packed(&user.autoGroups, &row.autoGroups)
    v.packed(&user.oauthProvider, &row.oauthProvider)
    v.packed(&user.oauthID, &row.oauthID)
  }

  public init(_ row: UserView) {
    self.init(id: row.id)
    var row = row
    var unpacker = Unpacker()
    Self.fields(&self, &row, &unpacker)
    username = row.username?.string ?? defaultUsername
    metadata = row.metadata.map { BorrowedText($0.bytes).string } ?? "{}"
  }

  /// The row of this account, and the block that holds its texts.
  func packed() -> (row: UserView, block: ByteBlock) {
    var (user, row) = (self, UserView.blank)
    row.id = id
    var measure = Measure()
    Self.fields(&user, &row, &measure)
    let (name, email) = (searchName, searchEmail)
    let count =
      measure.count + username.utf8.count + metadata.utf8.count + name.utf8.count
      + (email?.utf8.count ?? 0)
    var packer = Packer(block: ByteBlock(capacity: count))
    Self.fields(&user, &row, &packer)
    row.username = username == defaultUsername ? nil : packer.block.put(username)
    row.metadata = metadata == "{}" ? nil : RawObject(packer.block.put(metadata).bytes)
    row.searchName = packer.block.put(name)
    row.searchEmail = email.map { packer.block.put($0) }
    return (row, packer.block)
  }
}

/// Visits the fields of an account and of its row in pairs.
private protocol FieldVisitor {
  mutating func same<T>(_ value: inout T, _ rowValue: inout T)
  mutating func packed<T: Packable>(_ value: inout T, _ rowValue: inout T.Packed)
}

/// A value that a row holds in another form, as borrowed bytes.
private protocol Packable {
  associatedtype Packed
  init(packed: Packed)
  func packed(into block: inout ByteBlock) -> Packed
  var packedByteCount: Int { get }
}

extension String: Packable {
  fileprivate init(packed: BorrowedText) { self = packed.string }
  fileprivate func packed(into block: inout ByteBlock) -> BorrowedText { block.put(self) }
  fileprivate var packedByteCount: Int { utf8.count }
}

extension [String]: Packable {
  fileprivate init(packed: BorrowedTextList) { self = packed.strings }
  fileprivate func packed(into block: inout ByteBlock) -> BorrowedTextList {
    BorrowedTextList(packed: block.put(BorrowedTextList.pack(self)).bytes)
  }
  fileprivate var packedByteCount: Int { reduce(1) { $0 + $1.utf8.count + 1 } }
}

extension Optional: Packable where Wrapped: Packable {
  fileprivate init(packed: Wrapped.Packed?) { self = packed.map { Wrapped(packed: $0) } }
  fileprivate func packed(into block: inout ByteBlock) -> Wrapped.Packed? {
    self?.packed(into: &block)
  }
  fileprivate var packedByteCount: Int { self?.packedByteCount ?? 0 }
}

private struct Unpacker: FieldVisitor {
  func same<T>(_ value: inout T, _ rowValue: inout T) { value = rowValue }
  func packed<T: Packable>(_ value: inout T, _ rowValue: inout T.Packed) {
    value = T(packed: rowValue)
  }
}

private struct Packer: FieldVisitor {
  var block: ByteBlock

  func same<T>(_ value: inout T, _ rowValue: inout T) { rowValue = value }
  mutating func packed<T: Packable>(_ value: inout T, _ rowValue: inout T.Packed) {
    rowValue = value.packed(into: &block)
  }
}

private struct Measure: FieldVisitor {
  var count = 0

  func same<T>(_ value: inout T, _ rowValue: inout T) {}
  mutating func packed<T: Packable>(_ value: inout T, _ rowValue: inout T.Packed) {
    count += value.packedByteCount
  }
}
