internal import Contract
public import Users

extension PostgresUserStore {
  public var cursorKey: [UInt8] {
    get throws(StoreError) {
      let feedID = try current().feedID
      if let knownCursorKey, knownCursorKey.feedID == feedID { return knownCursorKey.key }
      let rows = try fetchChecked(recordSQL.cursorKey, Parameters())
      let key = rows.count > 0 ? Array(rows.bytes(0, 0)) : []
      if key.isEmpty { throw .serverDamaged("it has no key for cursors") }
      knownCursorKey = (feedID, key)
      return key
    }
  }

  public var policyText: String? {
    get throws(StoreError) {
      let revision = try current().policyRevision
      if let knownPolicy, knownPolicy.revision == revision { return knownPolicy.text }
      if revision == 0 { return nil }
      let rows = try fetchChecked(recordSQL.policy, Parameters())
      let text = rows.count > 0 ? rows.text(0, 0)?.string : nil
      if let text, rows.int(0, 1) != Checksum.of([], [text], []) {
        throw .serverDamaged("its policy does not match its checksum")
      }
      knownPolicy = (revision, text)
      return text
    }
  }

  public var hasHadPolicy: Bool { get throws(StoreError) { try current().policyRevision > 0 } }

  public func setPolicyText(_ text: String?) throws(StoreError) {
    didChange()
    knownPolicy = nil
    if let directory { self.directory?.policyRevision = directory.revision + 1 }
    var values = Parameters()
    guard let text else { return try write(recordSQL.removePolicy, values) }
    values.add(text)
    values.add(Checksum.of([], [text], []))
    try write(recordSQL.putPolicy, values)
  }
}
