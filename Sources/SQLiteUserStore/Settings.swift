internal import Secrets
public import Users

/// The store's settings, as the current transaction sees them. They are read together, because a
/// transaction that needs one usually needs another.
final class Settings {
  private struct Values {
    /// A handful; a dictionary's type alone would cost a twentieth of a start.
    var texts: [(name: String, value: String)] = []

    subscript(_ name: Name) -> String? { texts.first { $0.name == name.rawValue }?.value }
  }

  enum Name: String {
    case cursorKey = "cursor_key"
    case feedID = "feed_id"
    case policy
    /// The checksum of the policy.
    case policyChecksum = "policy_checksum"
    /// Present once a policy was set or cleared.
    case policyDecided = "policy_decided"
  }

  private let connection: Connection
  private var known: Values?
  private var readStatement: Statement?
  private var putStatement: Statement?
  private var removeStatement: Statement?

  init(_ connection: Connection) { self.connection = connection }

  /// Call this after a rollback, or when another process may have written.
  func forget() { known = nil }

  private func values() throws(StoreError) -> Values {
    if let known { return known }
    let statement = try connection.prepare(
      once: &readStatement, "SELECT name, value FROM store_settings")
    defer { statement.reset() }
    var values = Values()
    while try statement.step() {
      if let name = statement.text(0) {
        values.texts.append((name.string, statement.text(1)?.string ?? ""))
      }
    }
    known = values
    return values
  }

  var cursorKey: [UInt8] {
    get throws(StoreError) {
      guard let text = try values()[.cursorKey], let key = bytes(base64URL: text) else {
        throw .corrupt("it has no key for cursors")
      }
      return key
    }
  }

  /// Gives a new store its key for cursors.
  func makeCursorKey() throws(StoreError) {
    try put(.cursorKey, base64URL(SigningKey.random().bytes))
  }

  var feedID: String {
    get throws(StoreError) {
      guard let id = try values()[.feedID] else { throw .corrupt("its feed has no id") }
      return id
    }
  }

  /// Gives a copied feed a new id, because later sequence numbers of the original are not valid in
  /// it.
  func renameFeed() throws(StoreError) { try put(.feedID, newFeedID()) }

  var policyText: String? {
    get throws(StoreError) {
      let values = try values()
      guard let text = values[.policy] else { return nil }
      if values[.policyChecksum] == "\(Checksum.of([], [text], []))" { return text }
      throw .corrupt("its policy does not match its checksum")
    }
  }

  var hasHadPolicy: Bool { get throws(StoreError) { try values()[.policyDecided] != nil } }

  func setPolicyText(_ text: String?) throws(StoreError) {
    try put(.policyDecided, "1")
    guard let text else {
      try remove(.policy)
      return try remove(.policyChecksum)
    }
    try put(.policy, text)
    try put(.policyChecksum, "\(Checksum.of([], [text], []))")
  }

  /// Takes the settings of another store.
  func take(_ settings: DirectorySettings) throws(StoreError) {
    try put(.cursorKey, base64URL(settings.cursorKey))
    if settings.hasHadPolicy { try setPolicyText(settings.policyText) }
  }

  private func put(_ name: Name, _ value: String) throws(StoreError) {
    known = nil
    let statement = try connection.prepare(
      once: &putStatement, "REPLACE INTO store_settings (name, value) VALUES (?, ?)")
    statement.bind(1, copying: name.rawValue)
    statement.bind(2, copying: value)
    try statement.run()
  }

  private func remove(_ name: Name) throws(StoreError) {
    known = nil
    let statement = try connection.prepare(
      once: &removeStatement, "DELETE FROM store_settings WHERE name = ?")
    statement.bind(1, copying: name.rawValue)
    try statement.run()
  }
}

extension SQLiteUserStore {
  public var cursorKey: [UInt8] {
    get throws(StoreError) { try settings.cursorKey }
  }

  public var policyText: String? {
    get throws(StoreError) { try settings.policyText }
  }

  public var hasHadPolicy: Bool { get throws(StoreError) { try settings.hasHadPolicy } }
  public var feedID: String { get throws(StoreError) { try settings.feedID } }

  public func setPolicyText(_ text: String?) throws(StoreError) {
    didChange()
    try settings.setPolicyText(text)
  }
}
