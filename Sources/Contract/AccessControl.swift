/// Decides who may call a method, and opens the transaction that it runs in.
public protocol AccessControl: ToolAccess {
  associatedtype Request: MethodRequest
  /// Proof that the caller may call the method, and its access to the accounts. No method runs
  /// without one.
  associatedtype Grant

  /// Refuses callers who may not call the method, before the request is examined any further.
  func admit(_ method: MethodDescription, _ request: Request) throws(Failure)

  /// Opens the transaction that the method runs in, and checks the caller in it.
  func enter(_ method: MethodDescription, _ request: Request) throws(Failure) -> Grant
}
