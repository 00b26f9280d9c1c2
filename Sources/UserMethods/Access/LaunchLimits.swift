public import Contract
internal import Users

/// How the launcher narrows what the caller's roles allow. Nothing in a request widens it.
public struct LaunchLimits: Sendable {
  public var isReadOnly = false
  /// If set, only these capabilities.
  public var allowed: Set<Capability>?
  public var denied: Set<Capability> = []
  public var organization: String?
  /// If set, agents get only the tools of these names.
  public var tools: Set<String>?
  /// Whether a person confirms what agents ask for that can't be undone.
  public var isConfirming = true

  public init() {}

  /// What they leave of a power.
  var limits: Limits {
    var limits = Limits(capabilities: allowed, organization: organization)
    if isReadOnly || !denied.isEmpty {
      let left = limits.capabilities ?? Set(Capability.allCases)
      limits.capabilities = left.subtracting(denied)
    }
    if isReadOnly { limits.capabilities?.formIntersection([.read, .events]) }
    return limits
  }

  /// Whether agents get this method, if they may use it.
  func permitsTool(_ method: MethodDescription) -> Bool {
    method.tool != nil && tools?.contains(method.toolName) ?? true
  }
}
