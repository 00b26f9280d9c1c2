internal import Users

/// The rows of the accounts that a reference may mean: revision, key, record, organization, email.
struct UserRows {
  private let rows: Rows

  init(_ rows: Rows) { self.rows = rows }

  /// The row of the account that the reference means, if it is within the scope; others are not
  /// decoded. It is borrowed from this object.
  func row(
    of reference: UserReference, within scope: Scope
  ) throws(StoreError) -> UserView? {
    guard let at = place(of: reference, within: scope), isReached(at, by: scope) else { return nil }
    let row = try Columns.row(rows, at, from: 1)
    // The account was found by an index and by columns, which may be damaged. The record decides.
    if case .email(let email) = reference {
      guard row.deletedAt == nil, let own = row.email?.string,
        IdentityKey.of(own) == IdentityKey.of(email)
      else { throw .serverDamaged("an index points to the wrong account") }
    }
    guard scope == .all || scope.reaches(row.id, organization: row.organizationID) else {
      throw .serverDamaged("the columns of an account differ from its record")
    }
    return row
  }

  /// Whether there is no account: the row has only the revision.
  var isEmpty: Bool { rows.isNull(0, 1) }

  private func place(of reference: UserReference, within scope: Scope) -> Int32? {
    if isEmpty { return nil }
    switch reference {
    case .id(let id): return self.id(0) == id ? 0 : nil
    case .email(let email):
      if let exact = (0..<rows.count).first(where: { rows.text($0, 4)?.equals(email) ?? false }) {
        return exact
      }
      let others = (0..<rows.count).filter { isReached($0, by: scope) }
      return others.count == 1 ? others[0] : nil
    case .nobody: return nil
    }
  }

  private func id(_ at: Int32) -> UserID {
    PackedRecord.id(in: rows.bytes(at, 2), key: rows.int(at, 1))
  }

  private func isReached(_ at: Int32, by scope: Scope) -> Bool {
    scope == .all || scope.reaches(id(at), organization: rows.text(at, 3))
  }
}
