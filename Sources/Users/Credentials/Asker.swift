/// Who asked for a secret that lets somebody into an account, and within which limits they called.
///
/// A secret remembers its askers. When its account comes to more power, it ends unless each of them
/// holds that power too: nobody gets more by a secret that was handed to them before.
public struct Asker: Equatable, Sendable {
  public let id: UserID
  public let limits: Limits

  public init(_ id: UserID, _ limits: Limits) {
    self.id = id
    self.limits = limits
  }
}
