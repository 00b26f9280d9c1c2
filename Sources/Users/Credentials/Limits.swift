public import Contract

/// The limits on the power of a caller, from the launch options, a token, or both.
public struct Limits: Equatable, Sendable {
  /// nil for no limit.
  public var capabilities: Set<Capability>?
  public var organization: String?

  public static let none = Limits()

  public init(capabilities: Set<Capability>? = nil, organization: String? = nil) {
    self.capabilities = capabilities
    self.organization = organization
  }

  public func permits(_ capability: Capability) -> Bool {
    capabilities?.contains(capability) ?? true
  }

  /// The limits that permit what both permit. Two different organizations permit nothing.
  public func intersection(_ other: Limits) -> Limits {
    var both = self
    if let theirs = other.capabilities {
      both.capabilities = capabilities?.intersection(theirs) ?? theirs
    }
    if let theirs = other.organization {
      if let mine = organization, mine != theirs { both.capabilities = [] }
      both.organization = theirs
    }
    return both
  }
}
