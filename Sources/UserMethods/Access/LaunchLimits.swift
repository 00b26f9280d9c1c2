public import Contract
internal import Users

/// Launch options that narrow the permissions of the caller's roles. No request can widen them.
public struct LaunchLimits: Sendable {
  public var isReadOnly = false
  /// If set, only these capabilities.
  public var allowed: Set<Capability>?
  public var denied: Set<Capability> = []
  public var organization: String?
  /// If set, agents get only the tools of these names.
  public var tools: Set<String>?
  /// Whether a person has to confirm an agent's changes that need consent.
  public var isConfirming = true

  public init() {}

  /// The limits on a caller's power.
  var limits: Limits {
    var limits = Limits(capabilities: allowed, organization: organization)
    if isReadOnly || !denied.isEmpty {
      let left = limits.capabilities ?? Set(Capability.allCases)
      limits.capabilities = left.subtracting(denied)
    }
    if isReadOnly { limits.capabilities?.formIntersection([.read, .events]) }
    return limits
  }

  /// Whether agents get this method as a tool, if the caller may use it.
  func permitsTool(_ method: MethodDescription) -> Bool {
    method.tool != nil && tools?.contains(method.toolName) ?? true
  }
}
