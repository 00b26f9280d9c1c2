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
