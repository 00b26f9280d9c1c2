/// Decides who may call a method, and opens the transaction that it runs in.
public protocol Gatekeeper: AnyObject {
  associatedtype Request: MethodRequest
  /// Proof that the caller may, and the way to the accounts: without one no method runs.
  associatedtype Grant

  /// Refuses who may not call the method, before anything of the request is looked at.
  func admit(_ method: MethodDescription, _ request: Request) throws(Failure)

  /// Opens the transaction that the method runs in, and checks the caller in it.
  func enter(_ method: MethodDescription, _ request: Request) throws(Failure) -> Grant

  /// Whether agents get this method as a tool, if they may call it.
  func isTool(_ method: MethodDescription) -> Bool

  /// Those of the methods that an agent is shown as tools; refuses who may call nothing.
  func tools(among methods: [MethodDescription]) throws(Failure) -> [MethodDescription]
}
