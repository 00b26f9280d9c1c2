/// Decides which methods are tools of agents.
public protocol ToolAccess: AnyObject {
  /// Whether agents get this method as a tool, if they may call it.
  func isTool(_ method: MethodDescription) -> Bool

  /// The methods that an agent sees as tools; refuses callers who may call none.
  func tools(among methods: [MethodDescription]) throws(Failure) -> [MethodDescription]
}
