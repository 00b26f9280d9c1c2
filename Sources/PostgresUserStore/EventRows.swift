internal import Contract
internal import Users

/// Events as rows of the table `events`.
enum EventRows {
  /// In the order of `add`.
  static let columns = """
    seq, type, at, actor_key, actor_tail, user_key, user_tail, email, organization_id, \
    former_organization_id, changes, creation, entry, entry_creation
    """

  static func add(_ event: Event, to out: inout Parameters) {
    out.add(event.seq)
    out.add(EventCode.of(event.type))
    out.add(event.at.milliseconds)
    out.add(event.actorID?.key)
    out.add(event.actorID?.tail)
    out.add(event.userID?.key)
    out.add(event.userID?.tail)
    out.add(event.email)
    out.add(event.organizationID)
    out.add(event.formerOrganizationID)
    add(event.changes, to: &out)
    add(event.entry, to: &out)
  }

  /// Adds a text and a record, of which one is NULL.
  private static func add(_ changes: EventChanges?, to out: inout Parameters) {
    switch changes {
    case .list(let list):
      out.add(list.text)
      out.add(String?.none)
    case .creation(let user):
      out.add(String?.none)
      user.withRecord { out.add($1) }
    case nil:
      out.add(String?.none)
      out.add(String?.none)
    }
  }

  static func event(_ rows: Rows, _ at: Int32) throws(StoreError) -> Event {
    guard let type = EventCode.type(of: rows.int(at, 1)) else {
      throw .serverDamaged("an event is of no known type")
    }
    guard let changes = try changes(rows, at, 10) else { throw damaged(rows, at) }
    return Event(
      seq: rows.int(at, 0), type: type, at: Timestamp(milliseconds: rows.int(at, 2)),
      actorID: id(rows, at, 3), userID: id(rows, at, 5), email: rows.text(at, 7)?.string,
      organizationID: rows.text(at, 8)?.string, formerOrganizationID: rows.text(at, 9)?.string,
      changes: changes, entry: try self.changes(rows, at, 12))
  }

  private static func damaged(_ rows: Rows, _ at: Int32) -> StoreError {
    .serverDamaged("the changes of the event \(rows.int(at, 0)) are damaged")
  }

  private static func id(_ rows: Rows, _ at: Int32, _ column: Int32) -> UserID? {
    rows.optionalInt(at, column).map { UserID(key: $0, tail: rows.int(at, column + 1)) }
  }

  private static func changes(
    _ rows: Rows, _ at: Int32, _ column: Int32
  ) throws(StoreError) -> EventChanges? {
    if let text = rows.text(at, column) {
      guard let list = ChangeList(stored: text.string) else {
        throw damaged(rows, at)
      }
      return .list(list)
    }
    if rows.isNull(at, column + 1) { return nil }
    guard let row = PackedRecord.read(rows.bytes(at, column + 1), key: rows.int(at, 5)) else {
      throw .serverDamaged("an event does not match its checksum")
    }
    return .creation(of: PackedUser(row))
  }
}
