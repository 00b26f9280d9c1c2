/// A caller who asked for a secret that gives access to an account, and the limits of that call.
///
/// A secret is stored with its askers. When its account gains power, the secret ends unless each of
/// them holds that power too, so no asker gains power from a secret that they received earlier.
public struct Asker: Equatable, Sendable {
  public let id: UserID
  public let limits: Limits

  public init(_ id: UserID, _ limits: Limits) {
    self.id = id
    self.limits = limits
  }
}
