internal import Contract
internal import JSON

/// One part of a whole directory, as one store passes it to another.
///
/// The parts come in the order of the cases: the settings, then all accounts, and so on; accounts in
/// the order of their creation, and events in the order of their numbers. Nothing that a store
/// derives from accounts is among them, and neither is the feed's id: a copy is another feed.
public enum DirectoryRecord {
  case settings(DirectorySettings)
  /// An account, deleted or not.
  case account(PackedUser)
  case formerRoles(FormerRoles, of: UserID)
  case password(Password)
  case token(Token)
  /// The failed sign-ins of a subject, a digest.
  case attempts(Attempts, of: [UInt8])
  /// An idempotency record, and the digest that it is found by.
  case answer(IdempotencyRecord, to: [UInt8])
  case event(Event)
}

extension DirectoryRecord {
  /// What is damaged in texts that no checksum covers: they must be JSON. nil if nothing is.
  var damage: Notice? {
    switch self {
    case .event(let event):
      let isSound = Self.isJSON(event.changes) && event.entry.map(Self.isJSON) ?? true
      return isSound ? nil : "The event \(event.seq) is damaged."
    case .answer(let answer, _):
      return Self.isJSON(answer.text) ? nil : "The answer to an idempotency key is damaged."
    default: return nil
    }
  }

  private static func isJSON(_ changes: EventChanges) -> Bool {
    if case .list(let list) = changes { isJSON(list.text) } else { true }
  }

  private static func isJSON(_ text: String) -> Bool {
    var text = text
    return text.withUTF8 { bytes in
      var parser = JSONParser()
      do { _ = try parser.parse(bytes) } catch { return false }
      return true
    }
  }
}
